# Test programs, live tests and fault tests; see test_program(), live_test(), fault_test() in CMakeLists.txt.
