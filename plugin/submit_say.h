/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SUBMIT_SAY_H
#define DSFIT_SUBMIT_SAY_H

#include <stddef.h>

/* What sbatch, salloc and srun print for dsfit. `log` is slurm_info or slurm_error. */

/* The columns that a line of ours has where stderr is a terminal; else 0. */
size_t dsfit_submit_columns(void);

/* Print a text, which is freed. NULL, where memory was out, prints nothing. */
void dsfit_submit_say_text(char *text, void (*log)(const char *, ...));

/* Print one line, broken at the terminal's width. */
void dsfit_submit_say(void (*log)(const char *, ...), const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
