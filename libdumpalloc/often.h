// SPDX-License-Identifier: LGPL-2.1-or-later
// What nearly every call of a program comes past, in neighbouring lines and pages: where the caches are full of the program's
// own, each further one that a call looks at costs it as much as all the rest that is done.
#ifndef LIBDUMPALLOC_OFTEN_H
#define LIBDUMPALLOC_OFTEN_H

#define OFTEN_CODE __attribute__((section(".text.often"), aligned(sizeof(void *) > 4 ? 64 : 4)))
#define OFTEN_DATA __attribute__((section(".data.often")))

#endif
