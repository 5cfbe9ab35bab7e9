// SPDX-License-Identifier: GPL-3.0-or-later
// The planted defects: each is a function that has the defect if it is told to, and else does the same without it.
//
// The line that a finding must name ends with "// planted: KIND". Nothing here uses stdio, whose buffers stay.
#ifndef TESTS_PROGRAMS_PLANTED_H
#define TESTS_PROGRAMS_PLANTED_H

#ifdef __cplusplus
extern "C" {
#endif

#define PLANTED __attribute__((noinline))

enum { PLANTED_ROUNDS = 100 };

// A store the compiler must make.
extern void *volatile planted_sink;

// One round of what a program does all the time: blocks that come and go, and some time.
void planted_round(void);

// planted_growth.c
void planted_journal(int is_bad);
void planted_picture(int is_bad);

// planted_cxx.cpp
void planted_mismatch(int is_bad);
void planted_array_mismatch(int is_bad);
void planted_container(int is_bad);
void planted_exception(int is_bad);
void planted_cycle(int is_bad);
void planted_copy(int is_bad);
void planted_vector(int is_bad);

#ifdef __cplusplus
}
#endif

#endif
