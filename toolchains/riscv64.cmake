# 64-bit RISC-V.
#
# For an SDK of your own copy this file, change the prefix, name its sysroot, and pass it with
# cmake -DCMAKE_TOOLCHAIN_FILE=FILE. The emulator is needed by the tests alone.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR riscv64)

set(prefix riscv64-linux-gnu)
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

set(CMAKE_CROSSCOMPILING_EMULATOR qemu-riscv64 -L ${sysroot})
