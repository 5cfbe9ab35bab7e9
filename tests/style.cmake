# Tests of what the build makes, in every build, and of the sources, once.
list(APPEND environment "BUILD=${PROJECT_BINARY_DIR}")

function(style_test name script)
	script_test(style ${name} SCRIPT ${script} ${ARGN})
endfunction()

style_test(library library)
style_test(paths paths ARGUMENTS ${PROJECT_BINARY_DIR}/libdumpalloc/libdumpalloc.so)
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel)?$")
	style_test(controls controls)
endif()

if(NOT DUMPALLOC_READALLOC OR NOT target STREQUAL "native")
	return()
endif()
style_test(paths-readalloc paths ARGUMENTS ${PROJECT_BINARY_DIR}/readalloc/readalloc)
style_test(format format)
style_test(tidy-libdumpalloc tidy ARGUMENTS libdumpalloc TIMEOUT 600 COST 1000)
style_test(tidy-unwind tidy ARGUMENTS unwind TIMEOUT 600 COST 1000)
style_test(tidy-readalloc tidy ARGUMENTS readalloc TIMEOUT 600 COST 1000)
style_test(shell shell)
style_test(licence licence)
style_test(top top)
style_test(includes includes)
style_test(manual manual)
style_test(installed installed ARGUMENTS
	${CMAKE_INSTALL_FULL_LIBDIR}/libdumpalloc.so
	${CMAKE_INSTALL_FULL_BINDIR}/dumpalloc
	${CMAKE_INSTALL_FULL_INCLUDEDIR}/dumpalloc.h
	${CMAKE_INSTALL_FULL_BINDIR}/readalloc
	${CMAKE_INSTALL_FULL_BINDIR}/unwind-check
	${CMAKE_INSTALL_FULL_MANDIR}/man1/dumpalloc.1
	${CMAKE_INSTALL_FULL_MANDIR}/man1/readalloc.1
	${CMAKE_INSTALL_FULL_MANDIR}/man1/unwind-check.1
	${CMAKE_INSTALL_FULL_MANDIR}/man3/dumpalloc.3
	${CMAKE_INSTALL_FULL_MANDIR}/man7/dumpalloc.7
	${CMAKE_INSTALL_FULL_MANDIR}/man7/dumpalloc-guide.7
	${CMAKE_INSTALL_FULL_DATADIR}/bash-completion/completions/dumpalloc
	${CMAKE_INSTALL_FULL_DATADIR}/bash-completion/completions/readalloc
	${CMAKE_INSTALL_FULL_DOCDIR}/FORMAT.md
	${CMAKE_INSTALL_FULL_DOCDIR}/examples/crash.c
	${CMAKE_INSTALL_FULL_DOCDIR}/examples/leak_test.c
	${CMAKE_INSTALL_FULL_DOCDIR}/examples/mailroom.c
	${CMAKE_INSTALL_FULL_DOCDIR}/examples/phases.cpp
	${CMAKE_INSTALL_FULL_DOCDIR}/examples/pool.c)
