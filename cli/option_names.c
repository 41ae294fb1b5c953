/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/option_names.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/near_miss.h"
#include "core/script/launchers_quick.h"

#define LISTS_MAX 16

/* What dsfit calls what training programs mean. */
static const struct {
	enum dsfit_meaning meaning;
	const char *option;
} called[] = {
	{ DSFIT_MEANS_MODEL, "model" }, { DSFIT_MEANS_MODEL_PERHAPS, "model" },
	{ DSFIT_MEANS_ZERO, "zero" }, { DSFIT_MEANS_FSDP, "engine=fsdp" },
	{ DSFIT_MEANS_OFFLOAD_OPTIMIZER, "offload=optimizer:cpu" },
	{ DSFIT_MEANS_OFFLOAD_PARAM, "offload=param:cpu" }, { DSFIT_MEANS_OFFLOAD, "offload" },
	{ DSFIT_MEANS_MICRO_BATCH, "batch" }, { DSFIT_MEANS_BATCH, "batch" },
	{ DSFIT_MEANS_SEQUENCE, "seq" }, { DSFIT_MEANS_PRECISION, "precision" },
	{ DSFIT_MEANS_BF16, "precision=bf16" }, { DSFIT_MEANS_FP16, "precision=fp16" },
	{ DSFIT_MEANS_CHECKPOINTING, "checkpointing=full" },
	{ DSFIT_MEANS_NO_CHECKPOINTING, "checkpointing=none" },
	{ DSFIT_MEANS_OPTIMIZER, "optimizer" }, { DSFIT_MEANS_ADAPTER, "method" },
	{ DSFIT_MEANS_LORA, "method=lora" }, { DSFIT_MEANS_FOUR_BIT, "method=qlora" },
	{ DSFIT_MEANS_TENSOR, "parallel=tensor:N" },
	{ DSFIT_MEANS_PIPELINE, "parallel=pipeline:N" }, { DSFIT_MEANS_ENGINE_FILE, "config" },
	{ DSFIT_MEANS_FILE, "config" }, { DSFIT_MEANS_GPUS, "gpus-per-node" },
	{ DSFIT_MEANS_WORLD, "gpus" },
};

bool cli_is_end(const struct argp_option *option)
{
	return !option->name && !option->key && !option->doc && !option->group;
}

/* The lists of options of a subcommand. Returns how many there are. */
static size_t lists_of(const struct argp *argp, const struct argp_option *lists[LISTS_MAX])
{
	size_t n = 0;

	lists[n++] = argp->options;
	for (size_t i = 0; argp->children && argp->children[i].argp && n < LISTS_MAX; i++)
		lists[n++] = argp->children[i].argp->options;
	return n;
}

/* Whether there is an option of this name, which may have a value behind it. */
static bool has(const struct argp *argp, const char *name)
{
	const struct argp_option *lists[LISTS_MAX];
	size_t n = lists_of(argp, lists), length = strcspn(name, "=");

	for (size_t i = 0; i < n; i++)
		for (const struct argp_option *o = lists[i]; o && !cli_is_end(o); o++)
			if (o->name && strlen(o->name) == length &&
			    !strncmp(o->name, name, length))
				return true;
	return false;
}

/* The name alone, without the ds- that sbatch's options have. Returns false if it is too long. */
static bool take_name(const char *name, size_t length, char text[DSFIT_NEAR_MAX + 1])
{
	if (length > 3 && !strncmp(name, "ds-", 3)) {
		name += 3;
		length -= 3;
	}
	if (length > DSFIT_NEAR_MAX)
		return false;
	memcpy(text, name, length);
	text[length] = '\0';
	return true;
}

const char *cli_option_meant(const struct argp *argp, const char *conf, const char *name,
			     size_t length)
{
	char path[PATH_MAX], text[DSFIT_NEAR_MAX + 1];
	const char *found = NULL;
	enum dsfit_meaning meaning;
	struct dsfit_launchers *l;

	if (!take_name(name, length, text))
		return NULL;
	for (char *c = text; *c; c++)
		*c = (char)(*c == '-' ? '_' : tolower((unsigned char)*c));
	l = dsfit_launchers_quick(dsfit_launchers_path(conf, path, sizeof(path)), NULL);
	if (l && dsfit_launchers_meaning(l, text, &meaning))
		for (size_t i = 0; i < DSFIT_ARRAY_SIZE(called) && !found; i++)
			if (called[i].meaning == meaning && has(argp, called[i].option))
				found = called[i].option;
	dsfit_launchers_free(l);
	return found;
}

const char *cli_option_near(const struct argp *argp, const char *name, size_t length)
{
	const struct argp_option *lists[LISTS_MAX];
	size_t n = lists_of(argp, lists);
	char text[DSFIT_NEAR_MAX + 1];
	const char *beginning = NULL;
	struct dsfit_near near;

	if (!take_name(name, length, text))
		return NULL;
	dsfit_near_start(&near, text);
	for (size_t i = 0; i < n; i++)
		for (const struct argp_option *o = lists[i]; o && !cli_is_end(o); o++) {
			if (!o->name || o->flags & OPTION_HIDDEN)
				continue;
			dsfit_near_try(&near, o->name, o);
			if (strlen(o->name) > 2 && !strncmp(text, o->name, strlen(o->name)))
				beginning = o->name;
		}
	return dsfit_near_best(&near) ? dsfit_near_best(&near) : beginning;
}
