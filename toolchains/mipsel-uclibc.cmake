# 32-bit little-endian MIPS, o32, with uClibc-ng as the C library.
#
# For an SDK of your own copy this file, change the prefix, name its sysroot, and pass it with
# cmake -DCMAKE_TOOLCHAIN_FILE=FILE. The emulator is needed by the tests alone.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR mips)

# The toolchain that tests/lib/sdk-uclibc makes.
set(sdk ${CMAKE_CURRENT_LIST_DIR}/../build/sdk/mipsel-uclibc)
set(prefix ${sdk}/bin/mipsel-linux-uclibc)
set(CMAKE_C_COMPILER ${prefix}-gcc)
set(CMAKE_CXX_COMPILER ${prefix}-g++)

# The root file system that holds the target's libraries and headers. A compiler that knows its
# own needs no CMAKE_SYSROOT.
get_filename_component(sysroot ${sdk} ABSOLUTE)
set(CMAKE_FIND_ROOT_PATH ${sysroot})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-mipsel -L ${sysroot})
