# Unit tests; see unit_test() in CMakeLists.txt.
unit_test(rootfs FOLDER readalloc)
