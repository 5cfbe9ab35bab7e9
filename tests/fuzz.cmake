# Fuzz targets; see fuzz_target() in CMakeLists.txt.
fuzz_target(decode)
