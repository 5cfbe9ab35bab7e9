# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Completion of readalloc(1) for bash. Options, reports and columns are asked of the command itself.

_readalloc_ask() {
	"${COMP_WORDS[0]/#\~\//$HOME/}" "$@" 2>&1 </dev/null
}

# The words that stand between two texts in the message about an argument that cannot be.
_readalloc_known() {
	_readalloc_ask "${@:3}" '?' | sed -nE "/$1 /{s/.*$1 //; s/$2.*//; s/,| and | or / /g; p;}"
}

_readalloc_columns() {
	local i report=
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i - 1]} in
		-f | --format) report=${COMP_WORDS[i]} ;;
		=) [ "${COMP_WORDS[i - 2]}" != --format ] || report=${COMP_WORDS[i]} ;;
		esac
	done
	for report in ${report:-$(_readalloc_reports)}; do
		_readalloc_known 'there are' 'also with' -f "$report" --sort
	done
}

_readalloc_reports() {
	_readalloc_ask --formats | sed -nE 's/^  ([a-z]+) .*/\1/p'
}

# The options, each with the argument it takes.
_readalloc_options() {
	_readalloc_ask --help |
		sed -nE 's/^  (-(.), |    )--([a-z-]+)( ([][A-Z:=]+))?( .*)?$/--\3 \5\n-\2 \5/p' | grep -vE '^- '
}

# _readalloc_words WORDS [SUFFIX]: those that begin as the word does, each with the suffix, which more is to follow.
_readalloc_words() {
	mapfile -t COMPREPLY < <(compgen -S "${2-}" -W "$1" -- "$word")
	[ -z "${2-}" ] || compopt -o nospace 2>/dev/null || true
}

# _readalloc_paths f|d: files, or directories alone.
_readalloc_paths() {
	mapfile -t COMPREPLY < <(compgen "-$1" -- "$word")
	compopt -o filenames 2>/dev/null || true
}

_readalloc_argument() {
	local option=$1 argument
	argument=$(_readalloc_options | sed -n "s/^$option //p")
	case $option in
	-f | --format) _readalloc_words "$(_readalloc_reports)" ;;
	--metric) _readalloc_words "$(_readalloc_known 'there are' 'also with' -f csv --sort | grep -oE '[a-z]+_(bytes|blocks)')" ;;
	--view) _readalloc_words "$(_readalloc_known 'there are' '$' --view)" ;;
	--sort) _readalloc_words "$(_readalloc_columns)" ;;
	--fail-if) _readalloc_words "$(_readalloc_known 'there are' '$' --fail-if)" ;;
	*)
		case $argument in
		FILE | PATH) _readalloc_paths f ;;
		DIR | FROM=TO) _readalloc_paths d ;;
		KEY=PATTERN)
			_readalloc_words "$(_readalloc_known 'KEY being' '$' "$option")" =
			COMPREPLY=("${COMPREPLY[@]/#age=/age}")
			COMPREPLY=("${COMPREPLY[@]/#life=/life}") # behind which < or > comes
			;;
		WHEN) _readalloc_words 'tag snapshot event' : ;;
		'') return 1 ;;
		esac
		;;
	esac
}

_readalloc() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	# What stands behind the "=" of an option, or of a pattern.
	if [ "$word" = = ]; then
		word=
		before='='
		COMP_WORDS+=('')
		COMP_CWORD=$((COMP_CWORD + 1))
	fi
	if [ "$before" = = ] && [ "$COMP_CWORD" -gt 2 ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
		case $before in
		--*) ;;
		file | module | */*) _readalloc_paths f && return ;;
		*) return ;;
		esac
	fi
	if [[ $word == : || $before == : ]]; then
		return
	fi
	if [[ $before == -* ]] && _readalloc_argument "$before"; then
		return
	fi
	if [[ $word == -* ]]; then
		_readalloc_words "$(_readalloc_options | cut -d ' ' -f 1)"
	elif [[ " ${COMP_WORDS[*]} " == *' --doctor '* ]]; then
		_readalloc_paths f
	else
		_readalloc_paths d
	fi
}
complete -F _readalloc readalloc
