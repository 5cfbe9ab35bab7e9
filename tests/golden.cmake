# Golden tests of readalloc; see golden_test() in CMakeLists.txt.
