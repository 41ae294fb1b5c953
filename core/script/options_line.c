/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/script/options_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct line {
	char *text;
	size_t size, length;
};

__attribute__((format(printf, 2, 3)))
static void put(struct line *l, const char *format, ...)
{
	va_list args;
	int written;

	va_start(args, format);
	written = vsnprintf(l->text + l->length, l->size - l->length, format, args);
	va_end(args);
	if (written > 0)
		l->length += (size_t)written < l->size - l->length ? (size_t)written :
			     l->size - l->length - 1;
}

static const char *said(const struct dsfit_script_found *found, enum dsfit_script_field field)
{
	return found->fact[field].sure ? found->fact[field].text : "";
}

static void put_option(struct line *l, const char *name, const char *value)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./:,+=~@";
	const char *quote = value[strspn(value, plain)] ? "'" : "";

	if (*value && !strchr(value, '\''))
		put(l, "%s--ds-%s=%s%s%s", l->length ? " " : "", name, quote, value, quote);
}

/* A word that is one of the option's own; others are left out. */
static void put_word(struct line *l, const char *name, const char *value,
		     const char *const *accepted)
{
	for (; *accepted; accepted++)
		if (!strcmp(*accepted, value))
			put_option(l, name, value);
}

static void put_offload(struct line *l, const struct dsfit_script_found *found)
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
static void put_parallel(struct line *l, const struct dsfit_script_found *found)
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

static void put_set(struct line *l, const struct dsfit_script_found *found)
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

size_t dsfit_script_options(const struct dsfit_script_found *found, char *text, size_t size)
{
	static const char *const methods[] = { "full", "lora", "qlora", NULL };
	struct line l = { text, size, 0 };

	*text = '\0';
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
	return l.length;
}
