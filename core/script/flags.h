/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_FLAGS_H
#define DSFIT_SCRIPT_FLAGS_H

#include "core/script/reading.h"

/* The options of a launcher in words[at, ...). Returns where the program stands that it starts. */
size_t dsfit_flags_of_launcher(struct dsfit_reading *r, const struct dsfit_words *words, size_t at,
			       const struct dsfit_names *switches, struct dsfit_flags *flags);

/* A program's flags and arguments in words[at, ...). */
void dsfit_flags_of_program(struct dsfit_reading *r, const struct dsfit_words *words, size_t at,
			    struct dsfit_flags *flags, struct dsfit_words *arguments);

/* The last flag that is one of the names; NULL if there is none. */
const struct dsfit_flag *dsfit_flag_find(const struct dsfit_flags *flags,
					 const struct dsfit_names *names);

/* A name as launchers.conf has it: in lower case, with _ for -. */
const char *dsfit_flag_name(struct dsfit_arena *arena, struct dsfit_span written);

#endif
