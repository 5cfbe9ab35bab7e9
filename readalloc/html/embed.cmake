# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -D FOLDER=... -D OUTPUT=... -P embed.cmake: makes of the page's parts in FOLDER the arrays of html_page.h.
#
# In page.html @STYLE@ and @SCRIPT@ stand for the parts, with @..._HASH@ for their digests: the page's policy lets a
# browser use nothing else. @DATA@ is where the report writes.
include(${CMAKE_CURRENT_LIST_DIR}/base64.cmake)

# scripts.txt has them in the order in which they need each other.
file(STRINGS ${FOLDER}/scripts.txt scripts REGEX "^[a-z]")
set(script "(() => {\n\"use strict\";\n")
foreach(name IN LISTS scripts)
	file(READ ${FOLDER}/${name} part)
	string(APPEND script "${part}")
endforeach()
string(APPEND script "})();\n")
file(READ ${FOLDER}/page.css style)
file(READ ${FOLDER}/page.html page)

string(SHA256 script_hash "${script}")
string(SHA256 style_hash "${style}")
hex_to_base64(${script_hash} script_hash)
hex_to_base64(${style_hash} style_hash)
string(REPLACE @SCRIPT_HASH@ "${script_hash}" page "${page}")
string(REPLACE @STYLE_HASH@ "${style_hash}" page "${page}")
string(REPLACE @STYLE@ "${style}" page "${page}")
string(REPLACE @SCRIPT@ "${script}" page "${page}")

string(FIND "${page}" @DATA@ at)
string(SUBSTRING "${page}" 0 ${at} head)
math(EXPR at "${at} + 6")
string(SUBSTRING "${page}" ${at} -1 tail)

set(source "// Made by readalloc/html/embed.cmake.\n#include \"readalloc/html_page.h\"\n")
foreach(part head tail)
	file(WRITE ${OUTPUT}.part "${${part}}")
	file(READ ${OUTPUT}.part bytes HEX)
	file(REMOVE ${OUTPUT}.part)
	string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
	string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
	string(APPEND source "\nconst unsigned char html_page_${part}[] = {\n${bytes}\n};\n"
		"const size_t html_page_${part}_size = sizeof(html_page_${part});\n")
endforeach()
file(WRITE ${OUTPUT} "${source}")
