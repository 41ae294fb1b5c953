/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_DOCUMENTS_H
#define DSFIT_SCRIPT_DOCUMENTS_H

#include "core/script/reading.h"

/* One value of a file. */
struct dsfit_document_value {
	const char *path;		/* "zero_optimization.stage", as a name of launchers.conf */
	const char *text;
	const char *source;		/* "ds.json: zero_optimization.stage" */
	bool known;			/* false: the script writes it, of what nobody knows */
};

/*
 * Read a file of settings, YAML or JSON with comments, and tell each of its values. Returns false
 * if it is not there or is no such file. What the script has written itself says its own lines.
 */
bool dsfit_document_read(struct dsfit_reading *r, struct dsfit_span name,
			 void (*tell)(void *context, const struct dsfit_document_value *value),
			 void *context);

#endif
