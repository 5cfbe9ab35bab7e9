# Tests of a minimal library (DUMPALLOC_MINIMAL): what it has left, by the tests of the whole one, and what it says of the
# rest.
test_program(order order.c OPTIONS -O2 -fno-builtin)
live_test(order)
test_program(times times.c)
live_test(times)
live_test(minimal)

# How programs and their children end, and are killed.
test_program(fault fault.c fault_ends.c fault_kills.c fault_crowds.c fault_children.c fault_cages.c cage.c
	fault_processes.c fault_calls.c
	OPTIONS -O1 -fno-builtin -fno-optimize-sibling-calls -fno-omit-frame-pointer
	-fasynchronous-unwind-tables -funwind-tables)
test_program(caged caged.c cage.c)
fault_test(ends)
fault_test(children)
fault_test(kills ARGUMENTS 20)

# The known program's costs, but those of its C++ operators, which are calls of malloc here.
if(CMAKE_CXX_COMPILER)
	set(plain_calls -O1 -fno-builtin -fno-optimize-sibling-calls -fno-omit-frame-pointer
		-fasynchronous-unwind-tables -funwind-tables
		$<$<COMPILE_LANGUAGE:CXX>:-fsized-deallocation>)
	test_program(known known.c known_cxx.cpp OPTIONS ${plain_calls} ORIGIN)
	test_plugin(libknown_plugin_a known_plugin.c OPTIONS ${plain_calls}
		-DPLUGIN_FUNCTION=known_plugin_a_alloc -DPLUGIN_BLOCKS=2 -DPLUGIN_BYTES=333)
	test_plugin(libknown_plugin_b known_plugin.c OPTIONS ${plain_calls}
		-DPLUGIN_FUNCTION=known_plugin_b_alloc -DPLUGIN_BLOCKS=3 -DPLUGIN_BYTES=444)
	live_test(known-costs-file SCRIPT known-costs ARGUMENTS known file)
	live_test(known-costs-tcp SCRIPT known-costs ARGUMENTS known tcp)
	live_test(known-costs-scan SCRIPT known-costs ARGUMENTS known file scan)
endif()
