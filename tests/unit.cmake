# Unit tests; see unit_test() in CMakeLists.txt.
unit_test(rootfs FOLDER readalloc)
set(channel
	block.c channel.c config.c descriptors.c drain.c futex.c log.c maps.c process.c quiet.c region.c
	relay.c relay_main.c ring.c shrink.c sink.c sink_file.c sink_tcp.c stream_owner.c text.c watch.c)
unit_test(block FOLDER libdumpalloc SOURCES block.c)
unit_test(channel FOLDER libdumpalloc SOURCES ${channel})
unit_test(channel_names FOLDER libdumpalloc SOURCES ${channel})
unit_test(channel_tcp FOLDER libdumpalloc SOURCES ${channel})
unit_test(config FOLDER libdumpalloc SOURCES config.c log.c quiet.c text.c)
unit_test(ring FOLDER libdumpalloc SOURCES ${channel})
unit_test(text FOLDER libdumpalloc SOURCES text.c)
unit_test(callgrind FOLDER readalloc)
unit_test(summary FOLDER readalloc)
unit_test(symbols FOLDER readalloc)
unit_test(cursor FOLDER readalloc)
unit_test(input FOLDER readalloc)
unit_test(model FOLDER readalloc)
unit_test(module_map FOLDER readalloc)
unit_test(order FOLDER readalloc)
unit_test(scan_mips FOLDER unwind SOURCES ${DUMPALLOC_SCANNER})
unit_test(scan_mips_compressed FOLDER unwind SOURCES ${DUMPALLOC_SCANNER})
unit_test(encoder FOLDER libdumpalloc SOURCES encoder.c)
unit_test(mips_scan FOLDER unwind SOURCES mips_scan.c)
unit_test(unwind FOLDER unwind SOURCES
	mips_scan.c stack_bounds.c unwind.c unwind_aarch64.c unwind_arm.c unwind_gcc.c unwind_mips.c
	unwind_other.c unwind_x86.c walk_frames.c)
# The walkers need tables or frame pointers in what they walk.
target_compile_options(test_unwind PRIVATE -funwind-tables -fno-omit-frame-pointer)
