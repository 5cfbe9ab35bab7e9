# SPDX-License-Identifier: GPL-3.0-or-later
# The Debian packages that tests/demo and tests/check need; read by them with ".".
# shellcheck shell=sh disable=SC2034 # used by the scripts that read this

packages_build="ca-certificates cmake gcc g++ make libc6-dev zlib1g-dev
	binutils-dev binutils-multiarch-dev libzstd-dev liblzma-dev pkgconf"

packages_demo="$packages_build gcc-mipsel-linux-gnu g++-mipsel-linux-gnu qemu-user
	netcat-openbsd sqlite3"

# The programs of the real userland that live tests trace.
packages_userland="libc6 libgcc-s1 libstdc++6 busybox bash python3-minimal perl-base sqlite3 lua5.4 lighttpd
	curl dnsmasq-base aria2"

packages_check="$packages_demo
	ninja-build clang clang-format clang-tidy libclang-rt-dev shellcheck mandoc valgrind
	gcc-mips-linux-gnu g++-mips-linux-gnu
	gcc-mips64el-linux-gnuabi64 g++-mips64el-linux-gnuabi64
	gcc-multilib-mipsel-linux-gnu g++-multilib-mipsel-linux-gnu
	gcc-arm-linux-gnueabihf g++-arm-linux-gnueabihf
	gcc-aarch64-linux-gnu g++-aarch64-linux-gnu
	gcc-riscv64-linux-gnu g++-riscv64-linux-gnu
	gcc-i686-linux-gnu g++-i686-linux-gnu libc6-i386 lib32gcc-s1 lib32stdc++6
	debuginfod dwz llvm xz-utils
	gdb strace util-linux iproute2 libjemalloc2 libtcmalloc-minimal4 libmimalloc2.0 libpython3.11-testsuite stress-ng
	jq golang-go graphviz chromium heaptrack heaptrack-gui kcachegrind massif-visualizer
	xvfb xdotool dbus imagemagick tesseract-ocr tesseract-ocr-eng
	python3 perl git bash"
