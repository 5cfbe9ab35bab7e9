# Fuzz targets; see fuzz_target() in CMakeLists.txt.
fuzz_target(decode)
fuzz_target(scan)
fuzz_target(cfi)
fuzz_target(exidx)
list(TRANSFORM DUMPALLOC_SCANNER PREPEND ${PROJECT_SOURCE_DIR}/unwind/ OUTPUT_VARIABLE scanner)
foreach(program IN ITEMS replay fuzz)
	if(TARGET ${program}_scan)
		target_sources(${program}_scan PRIVATE ${scanner})
		target_sources(${program}_exidx PRIVATE ${PROJECT_SOURCE_DIR}/unwind/exidx.c)
		target_sources(${program}_cfi PRIVATE
			${PROJECT_SOURCE_DIR}/unwind/cfi.c ${PROJECT_SOURCE_DIR}/unwind/cfi_entries.c)
	endif()
endforeach()
