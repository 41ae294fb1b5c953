/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_NO_MEMORY_H
#define DSFIT_TESTS_NO_MEMORY_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/*
 * Takes the place of the C library's allocator in the program that includes it, so that memory can
 * be out at any allocation of the thread: once and at all later ones, or once alone.
 *
 *     for (long n = 0; no_memory_begin(n, forever), ..., no_memory_end(); n++)
 *
 * no_memory_end() returns whether an allocation was refused: if not, all have been.
 */
static _Thread_local volatile struct {	/* the compiler knows strdup() and forgets malloc() */
	bool counts, forever, refused;
	unsigned paused;
	long left;			/* allocations until one is refused */
	long held;			/* allocated and not yet freed, since no_memory_begin() */
} no_memory;

/* glibc's own, which malloc() and the others are names of. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

/* Every how many allocations one is refused. What many cases have in common is refused in turn by
 * turns, each beginning at another one, unless $DSFIT_EACH is set. */
static inline long no_memory_step(bool forever)
{
	return getenv("DSFIT_EACH") ? 1 : forever ? 7 : 5;
}

static inline bool no_memory_now(void)
{
	if (!no_memory.counts || no_memory.paused)
		return false;
	if (no_memory.left > 0) {
		no_memory.left--;
		return false;
	}
	if (no_memory.refused && !no_memory.forever)
		return false;
#ifdef NO_MEMORY_REFUSES
	/* What a test wants to know about an allocation that is refused. */
	no_memory.paused++;
	NO_MEMORY_REFUSES();
	no_memory.paused--;
#endif
	no_memory.refused = true;
	errno = ENOMEM;
	return true;
}

static inline void *no_memory_note(void *block)
{
	no_memory.held += block && !no_memory.paused;
	return block;
}

/* The libraries are to use them, too. */
#pragma GCC visibility push(default)
void *malloc(size_t size)
{
	return no_memory_now() ? NULL : no_memory_note(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return no_memory_now() ? NULL : no_memory_note(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
	if (no_memory_now())
		return NULL;
	no_memory.held -= block && !no_memory.paused;
	return no_memory_note(__libc_realloc(block, size));
}

/* glibc's calls its own realloc(). */
void *reallocarray(void *block, size_t count, size_t size)
{
	size_t whole;

	return __builtin_mul_overflow(count, size, &whole) ? NULL : realloc(block, whole);
}

void free(void *block)
{
	no_memory.held -= block && !no_memory.paused;
	__libc_free(block);
}
#pragma GCC visibility pop

static inline void no_memory_begin(long after, bool forever)
{
	no_memory.left = after;
	no_memory.forever = forever;
	no_memory.refused = false;
	no_memory.held = 0;
	no_memory.counts = true;
}

/* What plays Slurm has memory, and its blocks are its own: between these two. */
static inline void no_memory_pause(void)
{
	no_memory.paused++;
}

static inline void no_memory_go_on(void)
{
	no_memory.paused--;
}

static inline bool no_memory_end(void)
{
	no_memory.counts = false;
	return no_memory.refused;
}

#endif
