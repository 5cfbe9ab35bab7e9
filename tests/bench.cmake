# The bench of the walkers, see bench/README.md: built everywhere but sanitized so that it does not rot; the test
# compares frames, and bench/walkers alone looks at the time.
set(bench_options -O2 -fno-optimize-sibling-calls -fasynchronous-unwind-tables -fexceptions)

foreach(kind IN ITEMS plain linked)
	add_library(bench_workload_${kind} OBJECT bench/workload.c)
	target_link_libraries(bench_workload_${kind} PRIVATE dumpalloc_flags)
	target_compile_options(bench_workload_${kind} PRIVATE ${bench_options})
endforeach()
target_compile_definitions(bench_workload_plain PRIVATE
	WORKLOADS_NAME=workloads "WORKLOADS_KIND=\"\"")
target_compile_definitions(bench_workload_linked PRIVATE
	WORKLOADS_NAME=workloads_linked "WORKLOADS_KIND=\", linked\"")
target_compile_options(bench_workload_linked PRIVATE -fno-omit-frame-pointer)

add_executable(bench_walkers
	bench/mode.c bench/production.c bench/walkers.c programs/loaded_code.c
	$<TARGET_OBJECTS:bench_workload_plain> $<TARGET_OBJECTS:bench_workload_linked>)
set_target_properties(bench_walkers PROPERTIES
	OUTPUT_NAME walkers
	RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/bench)
# libunwind has an _Unwind_Backtrace of its own, which is not to be taken for the compiler's.
target_link_libraries(bench_walkers PRIVATE
	dumpalloc_flags dumpalloc_unwind -static-libgcc -Wl,-u,_Unwind_Backtrace Threads::Threads ${CMAKE_DL_LIBS})
target_compile_options(bench_walkers PRIVATE ${bench_options})
# It calls the workloads, and is to be linked with them.
set_source_files_properties(bench/walkers.c PROPERTIES COMPILE_OPTIONS -fno-omit-frame-pointer)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
	target_sources(bench_walkers PRIVATE bench/floor.c)
	target_compile_definitions(bench_walkers PRIVATE BENCH_HAS_FLOOR=1)
	# Words joined into vectors must be taken apart again.
	set_source_files_properties(bench/floor.c PROPERTIES COMPILE_OPTIONS -fno-tree-slp-vectorize)
else()
	target_compile_definitions(bench_walkers PRIVATE BENCH_HAS_FLOOR=0)
endif()

add_custom_target(bench
	COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bench/walkers ${DUMPALLOC_PRESET} USES_TERMINAL)

# What bench/walkers runs.
file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/bench/command
	CONTENT "${emulator} $<TARGET_FILE:bench_walkers>\n")

add_test(NAME ${prefix}bench/walkers COMMAND bench_walkers 0)
set_tests_properties(${prefix}bench/walkers PROPERTIES TIMEOUT 120 ENVIRONMENT "${environment}")

# The bench of the whole tracer, bench/cost: workloads, and what runs and measures them.
add_executable(bench_loads bench/loads.c)
target_link_libraries(bench_loads PRIVATE dumpalloc_flags Threads::Threads)
add_executable(bench_run bench/run.c)
target_link_libraries(bench_run PRIVATE dumpalloc_flags)
set(bench_programs bench_loads bench_run)
if(CMAKE_CXX_COMPILER)
	add_executable(bench_parser bench/parser.cpp)
	target_link_libraries(bench_parser PRIVATE dumpalloc_flags)
	list(APPEND bench_programs bench_parser)
endif()
foreach(program IN LISTS bench_programs)
	string(REPLACE bench_ "" name ${program})
	set_target_properties(${program} PROPERTIES
		OUTPUT_NAME ${name}
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/bench)
endforeach()
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" AND libc STREQUAL "glibc" AND NOT CMAKE_CROSSCOMPILING)
	foreach(shim IN ITEMS count:NONE:NONE record:NONE:FIXED gcc:GCC:FIXED libunwind:LIBUNWIND:FIXED
			floor:FLOOR:COMPACT)
		string(REPLACE ":" ";" shim ${shim})
		list(GET shim 0 name)
		list(GET shim 1 walk)
		list(GET shim 2 record)
		add_library(bench_shim_${name} MODULE bench/shim.c programs/loaded_code.c)
		set_target_properties(bench_shim_${name} PROPERTIES
			PREFIX ""
			OUTPUT_NAME shim_${name}
			C_VISIBILITY_PRESET hidden
			LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/bench)
		target_compile_definitions(bench_shim_${name} PRIVATE
			SHIM_WALK=WALK_${walk} SHIM_RECORD=RECORD_${record})
		target_compile_options(bench_shim_${name} PRIVATE
			-O2 -fno-omit-frame-pointer -fno-tree-slp-vectorize -fno-builtin-malloc -fasynchronous-unwind-tables
			-fexceptions)
		target_link_libraries(bench_shim_${name} PRIVATE
			dumpalloc_flags dumpalloc_unwind Threads::Threads ${CMAKE_DL_LIBS})
	endforeach()
	add_library(bench_within MODULE bench/within.c)
	set_target_properties(bench_within PROPERTIES
		PREFIX ""
		OUTPUT_NAME within
		C_VISIBILITY_PRESET hidden
		LIBRARY_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/bench)
	target_compile_options(bench_within PRIVATE -O2)
	target_link_libraries(bench_within PRIVATE dumpalloc_flags ${CMAKE_DL_LIBS})
endif()

# The bench of the reader, bench/reader: streams made up, and what readalloc has to hold of any.
if(DUMPALLOC_READALLOC)
	foreach(program IN ITEMS streams counts)
		add_executable(bench_${program} bench/${program}.c)
		target_link_libraries(bench_${program} PRIVATE readalloc_core)
		target_include_directories(bench_${program} PRIVATE ${PROJECT_SOURCE_DIR}/readalloc)
		set_target_properties(bench_${program} PROPERTIES
			OUTPUT_NAME ${program}
			RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/bench)
	endforeach()
endif()
