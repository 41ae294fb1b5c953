/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/say/not_known.h"

#include <stdio.h>

#include "core/base/error.h"
#include "core/site/card_name.h"

static const char user[] = "user", administrator[] = "administrator";

/* Nodes without a name are those that the user describes. */
static void host_memory(const struct dsfit_assessment *a, struct dsfit_not_known *out)
{
	snprintf(out->what, sizeof(out->what), "host memory per node");
	out->who = user;
	snprintf(out->how, sizeof(out->how), "--mem");
	if (!a->class || !a->class->name[0])
		return;
	out->who = administrator;
	snprintf(out->how, sizeof(out->how), "memory in the section nodes \"%s\" of dsfit.conf",
		 a->class->name);
}

/* No nodes match the request. */
static void nodes(const struct dsfit_say *say, struct dsfit_not_known *out)
{
	const char *type = say->decision->asked.gpu_type;

	out->who = administrator;
	if (type[0] && !dsfit_site_gpu(say->site, type)) {
		snprintf(out->what, sizeof(out->what), "the GPU type %s", type);
		snprintf(out->how, sizeof(out->how), "a section gpu \"%s\" in gpus.conf", type);
	} else {
		snprintf(out->what, sizeof(out->what), "nodes that match this request");
		snprintf(out->how, sizeof(out->how), "a section nodes in dsfit.conf with its GPU "
			 "type, partition and features");
	}
}

bool dsfit_not_known(const struct dsfit_say *say, struct dsfit_not_known *out)
{
	const struct dsfit_assessment *a = &say->decision->assessment;

	if (say->decision->nothing_asked || a->overall != DSFIT_UNKNOWN)
		return false;
	if (a->placed)
		host_memory(a, out);
	else
		nodes(say, out);
	dsfit_printable(out->what);
	dsfit_printable(out->how);
	return true;
}
