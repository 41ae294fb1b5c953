/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/options_line.h"

#include <stdio.h>
#include <string.h>

struct list {
	struct dsfit_script_option *at;
	size_t count;
};

static const char *said(const struct dsfit_script_found *found, enum dsfit_script_field field)
{
	return found->fact[field].sure ? found->fact[field].text : "";
}

static void put_option(struct list *l, const char *name, const char *value)
{
	if (!*value || strchr(value, '\''))
		return;
	l->at[l->count].name = name;
	snprintf(l->at[l->count].value, sizeof(l->at->value), "%s", value);
	l->count++;
}

/* A word that is one of the option's own; others are left out. */
static void put_word(struct list *l, const char *name, const char *value,
		     const char *const *accepted)
{
	for (; *accepted; accepted++)
		if (!strcmp(*accepted, value))
			put_option(l, name, value);
}

static void put_offload(struct list *l, const struct dsfit_script_found *found)
{
	const char *optimizer = said(found, DSFIT_SAYS_OFFLOAD_OPTIMIZER);
	const char *param = said(found, DSFIT_SAYS_OFFLOAD_PARAM);
	char value[64] = "";

	if (*optimizer && strcmp(optimizer, "none"))
		snprintf(value, sizeof(value), "optimizer:%.8s", optimizer);
	if (*param && strcmp(param, "none"))
		snprintf(value + strlen(value), sizeof(value) - strlen(value), "%sparam:%.8s",
			 *value ? "," : "", param);
	put_option(l, "offload", *value || !*optimizer ? value : "none");
}

/* Sizes of 1 are no parallelism. */
static void put_parallel(struct list *l, const struct dsfit_script_found *found)
{
	const char *tensor = said(found, DSFIT_SAYS_TENSOR);
	const char *pipeline = said(found, DSFIT_SAYS_PIPELINE);
	char value[64] = "";

	if (*tensor && strcmp(tensor, "1"))
		snprintf(value, sizeof(value), "tensor:%.16s", tensor);
	if (*pipeline && strcmp(pipeline, "1"))
		snprintf(value + strlen(value), sizeof(value) - strlen(value), "%spipeline:%.16s",
			 *value ? "," : "", pipeline);
	put_option(l, "parallel", value);
}

static void put_set(struct list *l, const struct dsfit_script_found *found)
{
	const char *accumulation = said(found, DSFIT_SAYS_ACCUMULATION);
	const char *objective = said(found, DSFIT_SAYS_OBJECTIVE);
	char value[80] = "";

	if (*accumulation)
		snprintf(value, sizeof(value), "accumulation:%.16s", accumulation);
	if (*objective)
		snprintf(value + strlen(value), sizeof(value) - strlen(value), "%sobjective:%.16s",
			 *value ? "," : "", objective);
	put_option(l, "set", value);
}

size_t dsfit_script_option_list(const struct dsfit_script_found *found,
				struct dsfit_script_option list[DSFIT_SCRIPT_OPTIONS])
{
	static const char *const methods[] = { "full", "lora", "qlora", NULL };
	struct list l = { list, 0 };

	/* A shape has no name that --ds-model could take. */
	if (!strstr(said(found, DSFIT_SAYS_MODEL), " layers x "))
		put_option(&l, "model", said(found, DSFIT_SAYS_MODEL));
	put_word(&l, "method", said(found, DSFIT_SAYS_METHOD), methods);
	put_option(&l, "zero", said(found, DSFIT_SAYS_ZERO));
	put_offload(&l, found);
	put_option(&l, "batch", said(found, DSFIT_SAYS_MICRO_BATCH));
	put_option(&l, "seq", said(found, DSFIT_SAYS_SEQUENCE));
	put_option(&l, "precision", said(found, DSFIT_SAYS_PRECISION));
	put_option(&l, "checkpointing", said(found, DSFIT_SAYS_CHECKPOINTING));
	put_option(&l, "optimizer", said(found, DSFIT_SAYS_OPTIMIZER));
	put_parallel(&l, found);
	put_set(&l, found);
	return l.count;
}

size_t dsfit_script_options(const struct dsfit_script_found *found, char *text, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./:,+=~@";
	struct dsfit_script_option list[DSFIT_SCRIPT_OPTIONS];
	size_t count = dsfit_script_option_list(found, list), length = 0;

	*text = '\0';
	for (size_t i = 0; i < count && length + 1 < size; i++) {
		const char *value = list[i].value, *quote = value[strspn(value, plain)] ? "'" : "";
		int written = snprintf(text + length, size - length, "%s--ds-%s=%s%s%s",
				       length ? " " : "", list[i].name, quote, value, quote);

		length += written > 0 ? (size_t)written : 0;
	}
	return length < size ? length : size - 1;
}
