/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_VARIABLES_H
#define DSFIT_SCRIPT_VARIABLES_H

#include "core/script/cells.h"
#include "core/script/syntax.h"

/*
 * What a script has set so far: variables, functions and the files that it writes. A scope is
 * opened for each way that the script may go, and closed at its end: what was set in it is then
 * dropped, kept, or put together with what the other way has set.
 */

struct dsfit_value {
	bool is_array;
	struct dsfit_words items;	/* one, if it is no array */
	const struct dsfit_node *function;
};

struct dsfit_binding {
	struct dsfit_symbol *symbol;
	const struct dsfit_value *value;	/* NULL: unset */
	unsigned level;
	struct dsfit_binding *below;		/* the same symbol, of a scope further out */
	struct dsfit_binding *next;		/* of its scope */
};

#define DSFIT_SCOPES_MAX 64
#define DSFIT_SYMBOL_BUCKETS 256

struct dsfit_variables {
	struct dsfit_arena *arena;
	struct dsfit_symbol *bucket[DSFIT_SYMBOL_BUCKETS];
	struct dsfit_binding *scope[DSFIT_SCOPES_MAX];
	unsigned level;
};

/* Three kinds of names. */
enum dsfit_name_kind { DSFIT_VARIABLE = '$', DSFIT_FUNCTION = '(', DSFIT_WRITTEN_FILE = '/' };

void dsfit_variables_start(struct dsfit_variables *v, struct dsfit_arena *arena);
/* NULL if it is not set. */
const struct dsfit_value *dsfit_variables_get(const struct dsfit_variables *v,
					      enum dsfit_name_kind kind, const char *name);
/* The value is kept, not copied. NULL unsets. */
void dsfit_variables_set(struct dsfit_variables *v, enum dsfit_name_kind kind, const char *name,
			 const struct dsfit_value *value);
void dsfit_variables_set_text(struct dsfit_variables *v, enum dsfit_name_kind kind,
			      const char *name, struct dsfit_cells text);

/* Open a scope. Returns false, and opens none, where there are too many. */
bool dsfit_variables_open(struct dsfit_variables *v);
/* Close it. The result is what it has set, for one of the functions below. */
struct dsfit_binding *dsfit_variables_close(struct dsfit_variables *v);
void dsfit_variables_keep(struct dsfit_variables *v, struct dsfit_binding *set);
/*
 * Only one of the two ways is gone, and nobody knows which. What both set to the same stays known.
 * What one adds to is taken with the addition, what one sets is taken as set; both are unsure. What
 * they set differently is unknown.
 */
void dsfit_variables_merge(struct dsfit_variables *v, struct dsfit_binding *one,
			   struct dsfit_binding *other);

#endif
