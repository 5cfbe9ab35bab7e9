# 32-bit x86. Runs on the build machine itself, which needs the 32-bit C library.
#
# For an SDK of your own copy this file, change the prefix, name its sysroot, and pass it with
# cmake -DCMAKE_TOOLCHAIN_FILE=FILE.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR i686)

set(prefix i686-linux-gnu)
set(CMAKE_C_COMPILER ${prefix}-gcc)
set(CMAKE_CXX_COMPILER ${prefix}-g++)

# The root file system that holds the target's libraries and headers. A compiler that knows its
# own, as Debian's do, needs no CMAKE_SYSROOT.
set(sysroot /usr/${prefix})
set(CMAKE_FIND_ROOT_PATH ${sysroot})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

