# Test programs, live tests and fault tests; see test_program(), live_test(), fault_test() in CMakeLists.txt.

# The known program: no call is elided or turned into a jump, and stacks can be walked by tables and by frame pointers.
set(plain_calls -O1 -fno-builtin -fno-optimize-sibling-calls -fno-omit-frame-pointer
	-fasynchronous-unwind-tables -funwind-tables
	$<$<COMPILE_LANGUAGE:CXX>:-fsized-deallocation>)
if(CMAKE_CXX_COMPILER)
	test_program(known known.c known_cxx.cpp
		OPTIONS ${plain_calls} LIBRARIES "-Wl,-rpath,$ORIGIN")
endif()
test_plugin(libknown_plugin_a known_plugin.c OPTIONS ${plain_calls}
	-DPLUGIN_FUNCTION=known_plugin_a_alloc -DPLUGIN_BLOCKS=2 -DPLUGIN_BYTES=333)
test_plugin(libknown_plugin_b known_plugin.c OPTIONS ${plain_calls}
	-DPLUGIN_FUNCTION=known_plugin_b_alloc -DPLUGIN_BLOCKS=3 -DPLUGIN_BYTES=444)

# The fault program: scenarios that broke the predecessor; no_process starts it where fork is refused.
test_program(fault fault.c fault_ends.c fault_processes.c fault_calls.c OPTIONS ${plain_calls})
test_program(no_process no_process.c)

# The counting preload, for the comparisons with totals that dumpalloc had no part in.
test_plugin(count_preload ../live/count_preload.c ../live/count_preload_cxx.c
	OPTIONS -O2 -fexceptions -fno-builtin -ftls-model=initial-exec
	LIBRARIES ${CMAKE_DL_LIBS} Threads::Threads)
