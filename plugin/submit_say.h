/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SUBMIT_SAY_H
#define DSFIT_SUBMIT_SAY_H

#include <stddef.h>

/* What sbatch, salloc and srun print for dsfit. `log` is slurm_info or slurm_error. */

/* The columns that a line of dsfit has after Slurm's prefix; 0 (do not wrap) if stderr is not a
 * terminal or is too narrow. */
size_t dsfit_submit_columns(void);

/* Print a text and free it. If it is NULL because there was no memory, a line says so. */
void dsfit_submit_say_text(char *text, void (*log)(const char *, ...));

/* Print one line, wrapped to the terminal's width unless there is no memory for that. */
void dsfit_submit_say(void (*log)(const char *, ...), const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
