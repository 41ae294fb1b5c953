/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_REACH_H
#define DSFIT_REACH_H

#include "core/site/site.h"

/*
 * The site as one job may use it that leaves nodes out (--exclude) or names them (--nodelist).
 * Slurm looks at these lists only after the plugins have seen the job: a request for more nodes
 * than they leave never runs. The names in dsfit.conf tell of which class a node is. Of a class
 * without names it is only known how many of its nodes a list may mean.
 */
struct dsfit_reach {
	const struct dsfit_site *site;	/* the whole site, or `own` */
	struct dsfit_site own;		/* with classes of its own; the rest is borrowed */
	struct dsfit_node_class *classes;
};

/*
 * The site without the nodes in the list `excluded`, and with those in the list `named` counted in
 * its classes; both may be NULL. The site is borrowed. Returns 0, or -1 if there is no memory; then
 * reach->site is the whole site. End it in both cases.
 */
int dsfit_reach_begin(struct dsfit_reach *reach, const struct dsfit_site *site, const char *named,
		      const char *excluded);
void dsfit_reach_end(struct dsfit_reach *reach);

#endif
