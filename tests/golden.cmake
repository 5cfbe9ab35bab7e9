# Golden tests of readalloc; see golden_test() in CMakeLists.txt.

set(golden_streams first wrap threads reuse unknown damage missing losses ways)
foreach(stream IN LISTS golden_streams)
	golden_test(${stream} SCRIPT stream ARGUMENTS ${stream})
endforeach()
foreach(stream first threads)
	golden_test(flip_${stream} SCRIPT flip ARGUMENTS ${stream} TIMEOUT 600)
endforeach()
golden_test(format)
golden_test(listen)
golden_test(pipe)
golden_test(signals)
golden_test(symbols)
