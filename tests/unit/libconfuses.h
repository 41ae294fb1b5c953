/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_LIBCONFUSES_H
#define DSFIT_TESTS_LIBCONFUSES_H

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/base/array.h"

/*
 * Where libconfuse's scanner has no memory, it ends the process, and a tree that is half built
 * cannot be freed. Tests of memory that is out set these cases apart: it is tests/unit/no_memory.h
 * that also knows whose allocations are refused.
 */

/* Whether libconfuse is at work. */
static inline bool is_libconfuses(void)
{
	void *at[16];
	Dl_info file;

	for (int i = backtrace(at, DSFIT_ARRAY_SIZE(at)) - 1; i >= 0; i--)
		if (dladdr(at[i], &file) && strstr(file.dli_fname, "/libconfuse"))
			return true;
	return false;
}

static bool libconfuses;		/* the first allocation that was refused was its */

#define NO_MEMORY_REFUSES() (libconfuses |= !no_memory.refused && is_libconfuses())
#include "tests/unit/no_memory.h"

/* The exit status of a process that it has ended. */
#define LIBCONFUSES_END 77

static inline void libconfuses_on_crash(int signal)
{
	no_memory_end();
	if (is_libconfuses())
		_exit(LIBCONFUSES_END);
	raise(signal);
}

/* In a process of its own: tell crashes of libconfuse's from others. */
static inline void expect_libconfuses(void)
{
	const struct sigaction action = { .sa_handler = libconfuses_on_crash,
					  .sa_flags = (int)SA_RESETHAND };
	void *at[1];

	/* Its first call loads a library. */
	backtrace(at, 1);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGABRT, &action, NULL);
}

#endif
