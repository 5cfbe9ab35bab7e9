# Test programs, live tests and fault tests; see test_program(), live_test(), fault_test() in CMakeLists.txt.
#
# Sanitized is readalloc alone: what tests the library is left out there, and of clang's build what tests readalloc as a
# program, whose unit and golden tests remain.
if(DUMPALLOC_SANITIZE)
	set(tests_library OFF)
else()
	set(tests_library ON)
endif()
if(DUMPALLOC_PRESET STREQUAL "clang")
	set(tests_reader OFF)
else()
	set(tests_reader ON)
endif()

# The known program: no call is elided or turned into a jump, and stacks can be walked by tables and by frame pointers.
set(plain_calls -O1 -fno-builtin -fno-optimize-sibling-calls -fno-omit-frame-pointer
	-fasynchronous-unwind-tables -funwind-tables
	$<$<COMPILE_LANGUAGE:CXX>:-fsized-deallocation>)
if(CMAKE_CXX_COMPILER)
	test_program(known known.c known_cxx.cpp
		OPTIONS ${plain_calls} ORIGIN)
endif()
test_plugin(libknown_plugin_a known_plugin.c OPTIONS ${plain_calls}
	-DPLUGIN_FUNCTION=known_plugin_a_alloc -DPLUGIN_BLOCKS=2 -DPLUGIN_BYTES=333)
test_plugin(libknown_plugin_b known_plugin.c OPTIONS ${plain_calls}
	-DPLUGIN_FUNCTION=known_plugin_b_alloc -DPLUGIN_BLOCKS=3 -DPLUGIN_BYTES=444)

# The planted defects, and every wrong pair of an allocation and a release.
if(CMAKE_CXX_COMPILER)
	test_program(planted planted.c planted_growth.c planted_cxx.cpp OPTIONS ${plain_calls})
	set(mismatched_options ${plain_calls} -std=c++17 -Wno-mismatched-new-delete -Wno-free-nonheap-object)
	test_program(mismatched mismatched.cpp OPTIONS ${mismatched_options})
	if(target STREQUAL "native")
		test_plugin(libmismatched_plugin mismatched_plugin.cpp OPTIONS ${mismatched_options})
		test_program(mismatched_static mismatched_static.cpp OPTIONS ${mismatched_options}
			LIBRARIES -static-libstdc++ -static-libgcc)
		test_plugin(libmismatched_symbolic mismatched_symbolic.cpp mismatched_operators.cpp LINKED OPTIONS ${mismatched_options}
			LIBRARIES -Wl,-Bsymbolic-functions)
		test_program(mismatched_user mismatched_user.cpp ORIGIN OPTIONS ${mismatched_options}
			LIBRARIES plugin_libmismatched_symbolic)
		test_plugin(libmismatched_allocator mismatched_allocator.cpp LINKED OPTIONS ${mismatched_options}
			LIBRARIES -Wl,-Bsymbolic)
		test_program(mismatched_allocated mismatched_allocated.cpp ORIGIN OPTIONS ${mismatched_options}
			LIBRARIES plugin_libmismatched_allocator)
		test_program(mismatched_replaced mismatched_replaced.cpp mismatched_operators.cpp OPTIONS ${mismatched_options})
		test_program(mismatched_forwarded mismatched_forwarded.cpp OPTIONS ${mismatched_options})
		test_program(mismatched_more mismatched_more.cpp OPTIONS ${mismatched_options})
		test_program(mismatched_left mismatched_forwarded.cpp OPTIONS ${mismatched_options} -O2 -DFORWARD_TO_MALLOC)
	endif()
endif()

# The fault program: scenarios that broke the predecessor; caged starts it where system calls are refused.
test_program(fault fault.c fault_ends.c fault_kills.c fault_crowds.c fault_children.c fault_cages.c cage.c
	fault_processes.c fault_calls.c
	OPTIONS ${plain_calls})
test_program(caged caged.c cage.c)

# The moments program, and the library whose constructors and destructors stand around everybody's.
test_plugin(libmoments_early moments_early.c LINKED OPTIONS ${plain_calls} LIBRARIES Threads::Threads)
test_program(moments moments.c OPTIONS ${plain_calls} LIBRARIES plugin_libmoments_early ORIGIN)

# The wild program: stacks that lead nowhere, and code that goes away.
test_program(wild wild.c wild_smash.c wild_unload.c OPTIONS -O1 ORIGIN)

# The counting preload, for the comparisons with totals that dumpalloc had no part in.
test_plugin(count_preload ../live/count_preload.c ../live/count_preload_cxx.c
	OPTIONS -O2 -fexceptions -fno-builtin -ftls-model=initial-exec
	LIBRARIES ${CMAKE_DL_LIBS} Threads::Threads)

# How far stacks hold, natively, and where nearly all are found from instructions.
if(CMAKE_CXX_COMPILER AND target MATCHES "^(native|mipsel|armhf)$")
	test_program(merged merged.c OPTIONS -O2 -fPIC)
	live_test(quality)
endif()

# The golden costs, on every target, by file and through nc.
if(CMAKE_CXX_COMPILER)
	live_test(known-costs-file SCRIPT known-costs ARGUMENTS known file)
endif()
if(CMAKE_CXX_COMPILER AND tests_library)
	live_test(known-costs-tcp SCRIPT known-costs ARGUMENTS known tcp)
	if(libc STREQUAL "glibc") # the other toolchains have no libgcc_s
		live_test(known-costs-gcc SCRIPT known-costs ARGUMENTS known file gcc)
	endif()
	test_plugin(calling_allocator calling_allocator.c OPTIONS -O1 -fno-builtin)
	live_test(known-costs-calling SCRIPT known-costs ARGUMENTS known file calling)
	# Without tables: from the code, else by frame pointers. ARM has the program in
	# ARM code too, whose stacks go on through libc's Thumb code.
	live_test(known-costs-scan SCRIPT known-costs ARGUMENTS known file scan)
	if(CMAKE_SYSTEM_PROCESSOR STREQUAL "arm")
		test_program(known_arm known.c known_cxx.cpp
			OPTIONS ${plain_calls} -marm ORIGIN)
		live_test(known-costs-scan-arm SCRIPT known-costs ARGUMENTS known_arm file scan)
		live_test(known-costs-arm SCRIPT known-costs ARGUMENTS known_arm file)
	endif()
	# x86 has it without frame pointers too, which would answer where the scanner does not.
	if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86|i686")
		test_program(known_bare known.c known_cxx.cpp
			OPTIONS ${plain_calls} -fomit-frame-pointer ORIGIN)
		live_test(known-costs-scan-bare SCRIPT known-costs ARGUMENTS known_bare file scan)
	endif()
endif()

# Each output format as its readers see it, natively and of a MIPS program.
if(CMAKE_CXX_COMPILER AND DUMPALLOC_PRESET MATCHES "^(native|mipsel)?$")
	foreach(format tree tree-callers collapsed json csv blocks)
		live_test(format-${format} SCRIPT formats-text ARGUMENTS ${format})
	endforeach()
	foreach(format pprof speedscope dot heaptrack)
		live_test(format-${format} SCRIPT formats-viewers ARGUMENTS ${format})
	endforeach()
	live_test(format-massif)
	live_test(planted)
	live_test(mismatched)
	live_test(format-html)
	foreach(format dhat)
		live_test(format-${format} SCRIPT formats-browser ARGUMENTS ${format})
	endforeach()
	# See lib/speedscope.
	find_file(SPEEDSCOPE index.html NO_CMAKE_FIND_ROOT_PATH
		PATHS /usr/local/lib /usr/lib ${PROJECT_SOURCE_DIR}/build/npm
		PATH_SUFFIXES node_modules/speedscope/dist/release)
	if(SPEEDSCOPE)
		live_test(format-speedscope-shown SCRIPT formats-browser ARGUMENTS speedscope)
		set_property(TEST ${prefix}live/format-speedscope-shown APPEND PROPERTY ENVIRONMENT SPEEDSCOPE=${SPEEDSCOPE})
	endif()
	foreach(format callgrind heaptrack massif)
		live_test(format-${format}-shown SCRIPT formats-shown ARGUMENTS ${format})
	endforeach()
endif()

# What is seen of a run: filters and wrappers, natively and of a MIPS program.
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel)?$")
	test_program(views views.c OPTIONS ${plain_calls})
	test_program(views_later views.c OPTIONS ${plain_calls} -DVIEWS_LATER)
	if(CMAKE_CXX_COMPILER)
		test_program(builds builds.cpp OPTIONS -std=c++17 -g -O0)
		test_program(builds_later builds.cpp OPTIONS -std=c++17 -g -O2 -DBUILDS_LATER)
		live_test(differences-builds)
	endif()
	live_test(differences)
	live_test(html-difference)
	live_test(views COST 40)
	test_program(slices slices.c OPTIONS ${plain_calls} LIBRARIES Threads::Threads)
	live_test(slices)
	live_test(part-differences)
	live_test(suppressions)
	live_test(gates)
endif()

# Mappings of the program's own.
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel|mipsel-musl|armhf|i386)?$")
	test_program(mapped mapped.c OPTIONS ${plain_calls})
	test_program(own_allocator own_allocator.c OPTIONS ${plain_calls} LIBRARIES plugin_libmoments_early ORIGIN)
	live_test(mapped)
endif()

# The process's memory over time.
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel)?$")
	test_program(resident resident.c OPTIONS ${plain_calls})
	live_test(memory)
endif()

# Samples of what a program does.
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel|mips|i386)?$")
	test_program(sampled sampled.c OPTIONS ${plain_calls})
	live_test(sampled)
endif()

# Blocks that the C library gives away, glibc's and musl's.
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel|mipsel-musl)?$")
	test_program(given given.c OPTIONS ${plain_calls})
	live_test(given)
endif()

# The guide, command by command.
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel)?$")
	# The page in a cross build is that of this machine's readalloc.
	cmake_path(GET readalloc_path PARENT_PATH readalloc_folder)
	live_test(guide)
	set(guides guide)
	if(NOT CMAKE_CROSSCOMPILING)
		foreach(viewer kcachegrind heaptrack html)
			list(APPEND guides guide-${viewer})
			live_test(guide-${viewer} SCRIPT guide-viewers ARGUMENTS ${viewer} COST 50)
		endforeach()
		if(SPEEDSCOPE)
			list(APPEND guides guide-speedscope)
			live_test(guide-speedscope SCRIPT guide-viewers ARGUMENTS speedscope COST 50)
		endif()
	endif()
	list(TRANSFORM guides PREPEND ${prefix}live/)
	set_property(TEST ${guides} APPEND PROPERTY ENVIRONMENT
		GUIDE=${readalloc_folder}/dumpalloc-guide.7 SPEEDSCOPE=${SPEEDSCOPE})
endif()

if(NOT CMAKE_CROSSCOMPILING)
	if(CMAKE_CXX_COMPILER AND DUMPALLOC_PRESET MATCHES "^(native)?$")
		test_program(peers peers.cpp OPTIONS ${plain_calls})
		live_test(peers)
	endif()
	if(tests_reader)
		live_test(consumers)
		live_test(hostile)
		live_test(slices-real COST 50)
		live_test(differences-real COST 40)
		live_test(views-real COST 50)
	endif()
	# Real programs against the independent count: a matter of the library, which is never sanitized.
	if(tests_library)
		live_test(totals COST 60)
		# Other people's tests, which say whether the program behaves as ever.
		if(NOT DUMPALLOC_PRESET STREQUAL "clang")
			live_test(python-suite COST 100 TIMEOUT 1200 PROCESSORS 2)
			live_test(stress COST 90 TIMEOUT 1200 PROCESSORS 2)
		endif()
	endif()
	# A matter of readalloc; in tests/check the sanitized one has it.
	if(DUMPALLOC_SANITIZE OR NOT DUMPALLOC_PRESET)
		live_test(damaged COST 60)
	endif()
	if(DUMPALLOC_READALLOC AND tests_reader)
		live_test(flips COST 30)
	endif()
endif()

# Each stack walked in several ways, and compared.
set(walks_sources walks.c walks_shapes.c walks_callbacks.c walks_jumps.c)
if(CMAKE_CXX_COMPILER)
	list(APPEND walks_sources walks_cxx.cpp)
endif()
test_program(walks ${walks_sources}
	OPTIONS -O2 -fasynchronous-unwind-tables)
test_plugin(walk_check walk_check.c walk_compare.c loaded_code.c
	OPTIONS -O2 -fexceptions -funwind-tables -fno-builtin -ftls-model=initial-exec -fvisibility=hidden
	LIBRARIES dumpalloc_unwind -static-libgcc -Wl,-u,_Unwind_Backtrace ${CMAKE_DL_LIBS} Threads::Threads)
test_program(interrupted interrupted.c OPTIONS -O2 -fasynchronous-unwind-tables)
if(tests_library)
	if(CMAKE_CXX_COMPILER)
		live_test(walks COST 60)
	endif()
	live_test(interrupted)
endif()
# Code made at run time is stepped out of where frame pointers are.
if(tests_library AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i.86|aarch64)$")
	test_program(made made.c OPTIONS -O2)
	live_test(made)
endif()
# As in libdumpalloc: its hooks leave a caller's s1 as it is.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^mips" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
	set_source_files_properties(programs/walk_check.c PROPERTIES COMPILE_OPTIONS -ffixed-17)
endif()
# The table of targets in walk-variants knows the presets with another compiler or C library as those without.
if(DUMPALLOC_PRESET AND tests_library AND NOT DUMPALLOC_PRESET MATCHES "clang|musl|uclibc")
	live_test(walk-variants COST 60 TIMEOUT 900 PROCESSORS 2)
endif()

# The command for the target; in broken surroundings too.
test_program(bare_static bare.c LIBRARIES -static)
test_program(bare_malloc bare.c OPTIONS -DOWN_MALLOC -fno-builtin LIBRARIES -rdynamic)
test_plugin(broken broken.c)
if(tests_library)
	live_test(command)
endif()

# The one order of all threads' events; see live/order for how to run it longer.
test_program(order order.c OPTIONS -O2 -fno-builtin)
if(tests_library)
	live_test(order)
endif()

# How frames were found and why stacks end. The module has frame pointers, for where no scanner reads it.
test_program(ways ways.c
	OPTIONS -O1 -fno-omit-frame-pointer -fasynchronous-unwind-tables -fno-optimize-sibling-calls
	ORIGIN)
test_plugin(libways_bare ways_bare.c
	OPTIONS -O1 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-unwind-tables)
if(tests_library)
	live_test(ways)
endif()

# Events have the time at which they came.
test_program(times times.c)
if(tests_library)
	live_test(times)
endif()

# Many processes into one reader; then over a network whose cables are pulled.
if(tests_reader)
	live_test(alive)
	live_test(many COST 50)
endif()
test_program(truth truth.c)
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel|mips)?$")
	test_program(elided elided.c OPTIONS ${plain_calls})
	test_program(elided_ways elided_ways.c OPTIONS ${plain_calls})
	live_test(elided)
endif()
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel)?$")
	live_test(datagrams)
	live_test(devices)
	live_test(called)
	live_test(found)
	test_program(elided_marks elided_marks.c OPTIONS ${plain_calls})
	live_test(elided-marks)
	# What tests/bench calls deep.
	if(CMAKE_CXX_COMPILER)
		test_program(parser ../bench/parser.cpp)
	endif()
	if(NOT CMAKE_CROSSCOMPILING AND DUMPALLOC_READALLOC AND CMAKE_CXX_COMPILER)
		# What real programs recorded, by way of the code that leaves events out.
		add_executable(elide_stream unit/elide_stream.c)
		target_link_libraries(elide_stream PRIVATE dumpalloc_host_flags objects_channel_archive)
		set_target_properties(elide_stream PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${DUMPALLOC_PROGRAMS})
		live_test(elided-real)
	endif()
	live_test(packed)
	live_test(parts)
	if(DUMPALLOC_PRESET STREQUAL "native")
		live_test(checkpointed)
	endif()
	live_test(sinks)
endif()

# The scanner on compiled code, by the tables of that code.
if(DUMPALLOC_PRESET MATCHES "mips|armhf|native|i386" AND libc STREQUAL "glibc")
	live_test(scanner COST 60 TIMEOUT 900)
endif()

# How programs end and are killed, on every machine; all else that can go wrong is the same code everywhere: natively,
# on MIPS and with musl.
if(tests_library)
	fault_test(ends)
	fault_test(children)
	fault_test(calls)
	fault_test(kills ARGUMENTS 60 COST 50) # by hand a thousand
	fault_test(wild-smash SCRIPT wild ARGUMENTS smash)
	fault_test(wild-unload SCRIPT wild ARGUMENTS unload)
endif()
if(DUMPALLOC_PRESET MATCHES "^(native|mipsel|mipsel-musl|mipsel-uclibc|i386)?$")
	foreach(name buffers follow processes messages peers relays control moments crowds cages disks)
		fault_test(${name} COST 30)
	endforeach()
	# A stall longer than the program waits; natively of a minute.
	set(stall 15)
	if(DUMPALLOC_PRESET STREQUAL "native")
		set(stall 60)
	endif()
	fault_test(networks ARGUMENTS ${stall} COST 80)
	fault_test(builds)
	if(NOT CMAKE_CROSSCOMPILING)
		fault_test(debuggers)
	endif()
	if(NOT CMAKE_CROSSCOMPILING_EMULATOR) # the limits would be the emulator's
		fault_test(limits)
	endif()
endif()

# Debian's own programs, as tests/check unpacks them.
if(DUMPALLOC_PRESET STREQUAL "mipsel" OR DUMPALLOC_PRESET STREQUAL "armhf")
	live_test(userland)
endif()
if(DUMPALLOC_PRESET MATCHES "^(mipsel|mips64el|armhf)$")
	live_test(whole COST 60 TIMEOUT 600)
endif()

# Functions, lines and inlined callers of this compiler's code, beside llvm-symbolizer.
if(CMAKE_CXX_COMPILER AND tests_library AND libc STREQUAL "glibc")
	live_test(names COST 20)
endif()

# What programs call, and what their users say while they run. Programs at a fixed address find the library in a way of their own.
test_program(calls calls.c OPTIONS ${plain_calls})
test_program(calls_fixed calls.c OPTIONS ${plain_calls} -fno-pie LIBRARIES -no-pie)
set_target_properties(program_calls_fixed PROPERTIES POSITION_INDEPENDENT_CODE OFF)
if(CMAKE_CXX_COMPILER)
	test_plugin(libcalls_away calls_away.cpp LINKED OPTIONS ${plain_calls} -DCALLS_AWAY)
	test_program(calls_cxx calls_away.cpp OPTIONS ${plain_calls}
		LIBRARIES plugin_libcalls_away ORIGIN)
	target_link_options(program_calls_cxx PRIVATE -rdynamic)
endif()
if(tests_library)
	live_test(calls)
	if(DUMPALLOC_PRESET MATCHES "^(native|clang|mipsel)?$")
		live_test(languages)
	endif()
endif()

# The examples of the calls, as they are and with all calls compiled away.
set(examples leak_test.c pool.c crash.c)
if(CMAKE_CXX_COMPILER)
	list(APPEND examples phases.cpp)
endif()
foreach(example IN LISTS examples)
	cmake_path(GET example STEM name)
	foreach(variant "" _bare)
		test_program(example_${name}${variant} ../../libdumpalloc/examples/${example}
			OPTIONS ${plain_calls} "SHELL:-idirafter ${PROJECT_SOURCE_DIR}/libdumpalloc"
			$<$<STREQUAL:${variant},_bare>:-DDUMPALLOC_NDEBUG>)
	endforeach()
endforeach()
if(tests_library)
	live_test(examples)
endif()

# What users of other tools do, with the same programs.
if(CMAKE_CXX_COMPILER AND DUMPALLOC_PRESET MATCHES "^(native|mipsel)?$")
	test_program(example_mailroom ../../libdumpalloc/examples/mailroom.c OPTIONS ${plain_calls})
	live_test(migration)
endif()

# Right and wrong values of every variable, option and order.
if(tests_library)
	live_test(controls)
endif()
