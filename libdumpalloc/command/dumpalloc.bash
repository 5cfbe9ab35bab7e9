# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Completion of dumpalloc(1) for bash. The options of a run are asked of the command itself.
_dumpalloc() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} i
	COMPREPLY=()
	[ "$word" != = ] || word=
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W 'run status enable disable tag snapshot flush doctor selftest --help --version' -- "$word")
		return
	fi
	case $command in
	run)
		# Behind the program's name its arguments follow: files.
		for ((i = 2; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			--) i=$((i + 1)) && break ;;
			--*=* | -[osl]?*) ;;
			-*) [ "${COMP_WORDS[i + 1]}" = = ] || i=$((i + 1)) ;;
			*) break ;;
			esac
			# A value may be of several words: bash breaks it at = and at :
			while [ "$((i + 1))" -le "$COMP_CWORD" ] && [[ ${COMP_WORDS[i + 1]} == [=:]* ]]; do
				i=$((i + 2))
			done
		done
		if [ "$i" -lt "$COMP_CWORD" ]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
		elif [ "$i" -gt "$COMP_CWORD" ]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
		elif [[ $word == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" run --help 2>/dev/null |
				grep -oE -e '--[a-z-]+')" -- "$word")
		else
			mapfile -t COMPREPLY < <(compgen -c -- "$word")
		fi
		;;
	status | enable | disable | tag | snapshot | flush)
		[ "$COMP_CWORD" -ne 2 ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	doctor) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
	selftest) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	esac
}
complete -o filenames -F _dumpalloc dumpalloc
