# SPDX-License-Identifier: GPL-3.0-or-later
# A static libbfd built from a binutils tarball, with the targets dumpalloc is for.

include(ExternalProject)
include(ProcessorCount)

set(bfd_targets
	aarch64-linux-gnu aarch64_be-linux-gnu arm-linux-gnueabihf armeb-linux-gnueabihf i686-linux-gnu
	mips-linux-gnu mipsel-linux-gnu mips64-linux-gnuabi64 mips64el-linux-gnuabi64 x86_64-linux-gnu)

# The tarball to use: the one given, else the newest of Debian's package binutils-source.
function(bfd_find_tarball tarball)
	set(${tarball} "${DUMPALLOC_BINUTILS_TARBALL}" PARENT_SCOPE)
	if(NOT DUMPALLOC_BINUTILS_TARBALL)
		file(GLOB tarballs /usr/src/binutils/binutils-*.tar.*)
		list(SORT tarballs COMPARE NATURAL ORDER DESCENDING)
		list(APPEND tarballs "")
		list(GET tarballs 0 newest)
		set(${tarball} "${newest}" PARENT_SCOPE)
	elseif(NOT EXISTS "${DUMPALLOC_BINUTILS_TARBALL}")
		message(FATAL_ERROR "DUMPALLOC_BINUTILS_TARBALL: ${DUMPALLOC_BINUTILS_TARBALL}: no such file")
	endif()
endfunction()

# Defines dumpalloc::bfd and sets `found`, if there is a tarball.
function(bfd_build_static found)
	bfd_find_tarball(tarball)
	set(${found} FALSE PARENT_SCOPE)
	if(NOT tarball)
		return()
	endif()
	find_package(ZLIB REQUIRED)
	# With zstd, where it is there, debug sections compressed by it can be read.
	find_library(ZSTD_LIBRARY zstd)
	find_path(ZSTD_INCLUDE_DIR zstd.h)
	mark_as_advanced(ZSTD_LIBRARY ZSTD_INCLUDE_DIR)
	if(ZSTD_LIBRARY AND ZSTD_INCLUDE_DIR)
		set(zstd_option --with-zstd)
		set(zstd_library "${ZSTD_LIBRARY}")
	else()
		set(zstd_option --without-zstd)
		set(zstd_library "")
	endif()

	set(source "${CMAKE_CURRENT_BINARY_DIR}/binutils/source")
	set(build "${CMAKE_CURRENT_BINARY_DIR}/binutils/build")
	set(libraries "${build}/bfd/.libs/libbfd.a" "${build}/libiberty/libiberty.a"
		"${build}/libsframe/.libs/libsframe.a")
	list(JOIN bfd_targets "," targets)
	# libiberty's memory functions have the names everybody gives such functions, readalloc too.
	set(renames "")
	foreach(name IN ITEMS xmalloc xcalloc xrealloc xstrdup xstrndup xmemdup)
		list(APPEND renames --redefine-sym ${name}=libiberty_${name})
	endforeach()
	ProcessorCount(n_jobs)
	# tar, because cmake's own extraction fails on a hard link in the tarball.
	ExternalProject_Add(binutils
		PREFIX "${CMAKE_CURRENT_BINARY_DIR}/binutils"
		SOURCE_DIR "${source}"
		BINARY_DIR "${build}"
		DOWNLOAD_COMMAND tar -xf "${tarball}" --strip-components=1 -C "${source}"
		CONFIGURE_COMMAND "${source}/configure" "CC=${CMAKE_C_COMPILER}" "CFLAGS=-O2"
			--disable-shared --enable-static --disable-nls --disable-plugins --disable-gdb
			--disable-gdbserver --disable-sim --disable-gas --disable-ld --disable-gold
			--disable-gprof --disable-gprofng --disable-werror --with-system-zlib
			${zstd_option} --enable-64-bit-bfd "--enable-targets=${targets}"
		BUILD_COMMAND make "-j${n_jobs}" MAKEINFO=true all-bfd all-libiberty
		COMMAND "${CMAKE_OBJCOPY}" ${renames} "${build}/bfd/.libs/libbfd.a"
		COMMAND "${CMAKE_OBJCOPY}" ${renames} "${build}/libiberty/libiberty.a"
		INSTALL_COMMAND ""
		BUILD_BYPRODUCTS ${libraries}
		LOG_CONFIGURE TRUE
		LOG_BUILD TRUE)

	# Include directories of a target must exist before anything is built.
	file(MAKE_DIRECTORY "${source}/include" "${build}/bfd")
	add_library(dumpalloc_bfd INTERFACE)
	add_dependencies(dumpalloc_bfd binutils)
	target_include_directories(dumpalloc_bfd SYSTEM INTERFACE "${build}/bfd" "${source}/include")
	list(GET libraries 0 libbfd)
	list(GET libraries 1 libiberty)
	list(GET libraries 2 libsframe)
	target_link_libraries(dumpalloc_bfd INTERFACE "${libbfd}" "${libsframe}" "${libiberty}"
		ZLIB::ZLIB ${zstd_library} ${CMAKE_DL_LIBS})
	add_library(dumpalloc::bfd ALIAS dumpalloc_bfd)
	message(STATUS "libbfd: static, from ${tarball}")
	set(${found} TRUE PARENT_SCOPE)
endfunction()
