/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_PLAN_PAGE_H
#define DSFIT_CLI_PLAN_PAGE_H

#include "core/decide/decide.h"
#include "core/declare/declaration.h"

/* What the rows of "dsfit plan" are about. All pointers are borrowed. */
struct plan_page {
	const struct dsfit_declaration *declaration;
	const struct dsfit_workload *workload;
	const struct dsfit_alternative *row;
	size_t count;
	const char *path;		/* where the page goes */
};

/* Write the rows as a page for a browser, with the command that submits each. */
void plan_page(const struct plan_page *page);

#endif
