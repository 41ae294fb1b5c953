/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a layer keeps for backward depends on how its code is written, so families.conf states it
 * for each family, as scripts/trace has measured it. A value is a sum over the dimensions of a
 * layer, such as "16h + 8f + 4q"; core/model/expression.h reads it.
 *
 *     kept, kept-qv, ...         one sum: bytes per token that a layer keeps until its backward
 *     backward, forward, ...     a list of sums: bytes at each moment while a layer runs; the
 *                                largest counts
 *     head, ...                  three sums for the head: held, most in forward, most in backward
 *     activations                "gelu_new 6f": what other activation functions keep in addition
 *     wide-loss-since            "4.46": older code computes the loss in 16 bits
 *
 * Each expression is checked while libconfuse reads it, so that an error has its line. It is parsed
 * again when the whole section is taken. A section has all of the keys that a trace gives, or none.
 *
 * Source: scripts/trace, which follows a running training step tensor by tensor.
 */
#include "core/site/catalogue_footprint.h"

#include <stdio.h>
#include <string.h>

#include "core/base/array.h"
#include "core/formats/conf_values.h"
#include "core/training/training.h"

#define IN(member) offsetof(struct dsfit_footprint, member)

/* Whether a section with a trace must have the key. The fp32 keys are all there or none is. */
enum need { NEEDED, OPTIONAL, FP32 };

static const struct sum_key {
	const char *name;
	size_t at;			/* of a struct dsfit_sum */
	enum need need;
} sums[] = {
	{ "kept", IN(kept[DSFIT_TRAINED_ALL]), NEEDED },
	{ "kept-qv", IN(kept[DSFIT_TRAINED_QV]), NEEDED },
	{ "kept-attention", IN(kept[DSFIT_TRAINED_ATTENTION]), NEEDED },
	{ "kept-all", IN(kept[DSFIT_TRAINED_ADAPTERS]), NEEDED },
	{ "kept-fp32", IN(kept_fp32), FP32 },
	{ "kept-eager", IN(kept_eager), OPTIONAL },
	{ "kept-eager-qv", IN(kept_eager_qv), OPTIONAL },
	{ "kept-eager-fp32", IN(kept_eager_fp32), OPTIONAL },
	{ "checkpoint", IN(checkpoint), OPTIONAL },
	{ "first-frozen", IN(first_frozen), OPTIONAL },
	{ "first-frozen-qv", IN(first_frozen_qv), OPTIONAL },
	{ "held-eager", IN(held_eager), OPTIONAL },
	{ "ends", IN(ends), OPTIONAL },
};

static const struct list_key {
	const char *name;
	size_t at;			/* of a struct dsfit_moments */
	enum need need;
} lists[] = {
	{ "backward", IN(backward[DSFIT_TRAINED_ALL]), NEEDED },
	{ "backward-qv", IN(backward[DSFIT_TRAINED_QV]), NEEDED },
	{ "backward-attention", IN(backward[DSFIT_TRAINED_ATTENTION]), NEEDED },
	{ "backward-all", IN(backward[DSFIT_TRAINED_ADAPTERS]), NEEDED },
	{ "backward-eager", IN(backward_eager), OPTIONAL },
	{ "forward", IN(forward), NEEDED },
	{ "forward-eager", IN(forward_eager), OPTIONAL },
};

static const struct list_key heads[] = {
	{ "head", IN(head), NEEDED },
	{ "head-frozen", IN(head_frozen), NEEDED },
	{ "head-fp32", IN(head_fp32), FP32 },
	{ "head-classify", IN(head_classify), OPTIONAL },
	{ "head-classify-frozen", IN(head_classify_frozen), OPTIONAL },
	{ "head-classify-fp32", IN(head_classify_fp32), OPTIONAL },
};

/* Check an expression. libconfuse copies the text; an error is reported here, with its line. */
static int read_sum(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct dsfit_sum ignored;
	struct dsfit_error why;

	if (dsfit_sum_parse(value, &ignored, &why))
		return dsfit_reject(cfg, opt, &why);
	*(const char **)result = value;
	return 0;
}

/* Read "gelu_new 6f": a function and a sum. Returns the text after the function's name, or NULL
 * with a line in err. */
static const char *cut_activation(const char *text, struct dsfit_activation *out,
				  struct dsfit_error *err)
{
	size_t length = strcspn(text, " ");

	if (!length || length >= sizeof(out->name)) {
		dsfit_fail(err, "\"%.60s\": must be a function and the extra bytes that it "
			   "keeps, like gelu_new 6f", text);
		return NULL;
	}
	memcpy(out->name, text, length);
	out->name[length] = '\0';
	return dsfit_sum_parse(text + length, &out->more, err) ? NULL : text + length;
}

static int read_activation(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct dsfit_activation ignored;
	struct dsfit_error why;

	if (!cut_activation(value, &ignored, &why))
		return dsfit_reject(cfg, opt, &why);
	*(const char **)result = value;
	return 0;
}

/* "4.46", into a release. */
static int parse_release(const char *text, uint64_t *out, struct dsfit_error *err)
{
	char copy[32], *patch;

	snprintf(copy, sizeof(copy), "%s", text);
	if (strlen(text) >= sizeof(copy) || dsfit_release_split(copy, out, &patch) || patch)
		return dsfit_fail(err, "%.60s: must be a release such as 4.48", text);
	return 0;
}

static int read_release(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct dsfit_error why;
	uint64_t ignored;

	if (parse_release(value, &ignored, &why))
		return dsfit_reject(cfg, opt, &why);
	*(const char **)result = value;
	return 0;
}

_Static_assert(DSFIT_ARRAY_SIZE(sums) + DSFIT_ARRAY_SIZE(lists) + DSFIT_ARRAY_SIZE(heads) + 2 ==
		       DSFIT_FOOTPRINT_KEYS, "the header says how many keys there are");

size_t dsfit_footprint_describe(cfg_opt_t *keys)
{
	size_t n = 0;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sums); i++)
		keys[n++] = (cfg_opt_t)CFG_STR_CB(sums[i].name, NULL, CFGF_NODEFAULT, read_sum);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(lists); i++)
		keys[n++] = (cfg_opt_t)CFG_STR_LIST_CB(lists[i].name, NULL, CFGF_NODEFAULT,
						       read_sum);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(heads); i++)
		keys[n++] = (cfg_opt_t)CFG_STR_LIST_CB(heads[i].name, NULL, CFGF_NODEFAULT,
						       read_sum);
	keys[n++] = (cfg_opt_t)CFG_STR_LIST_CB("activations", NULL, CFGF_NODEFAULT,
					       read_activation);
	keys[n++] = (cfg_opt_t)CFG_STR_CB("wide-loss-since", NULL, CFGF_NODEFAULT, read_release);
	return n;
}

/* The keys of a section are looked up in the order in which they were described. */
struct at {
	cfg_t *section;
	size_t next;
};

static cfg_opt_t *find(struct at *at, const char *key)
{
	return dsfit_next_option(at->section, key, &at->next);
}

static int take_sums(cfg_t *section, cfg_opt_t *option, unsigned most, struct dsfit_sum *out,
		     struct dsfit_error *err)
{
	unsigned count = cfg_opt_size(option);
	struct dsfit_error why;
	char text[96];

	if (count > most) {
		snprintf(text, sizeof(text), "%s has at most %u sums", option->name, most);
		return dsfit_fail_section(section, err, text);
	}
	for (unsigned i = 0; i < count; i++)
		if (dsfit_sum_parse(cfg_opt_getnstr(option, i), &out[i], &why))
			return dsfit_fail_section(section, err, why.text);
	return 0;
}

static int take_lists(struct at *at, struct dsfit_footprint *footprint, struct dsfit_error *err)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(lists); i++) {
		struct dsfit_moments *list = (void *)((char *)footprint + lists[i].at);
		cfg_opt_t *option = find(at, lists[i].name);

		if (take_sums(at->section, option, DSFIT_MOMENTS, list->at, err))
			return -1;
		if (cfg_opt_size(option))
			list->count = cfg_opt_size(option);
	}
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(heads); i++) {
		cfg_opt_t *option = find(at, heads[i].name);
		unsigned count = cfg_opt_size(option);

		if (count && count != DSFIT_HEAD_MOMENTS)
			return dsfit_fail_section(at->section, err,
						  "head, head-frozen, head-fp32 and "
						  "the same of head-classify need three sums: "
						  "bytes held, peak in forward, peak in backward");
		if (take_sums(at->section, option, DSFIT_HEAD_MOMENTS,
			      (void *)((char *)footprint + heads[i].at), err))
			return -1;
	}
	return 0;
}

static int take_activations(cfg_t *section, struct dsfit_footprint *footprint,
			    struct dsfit_error *err)
{
	unsigned count = cfg_size(section, "activations");
	struct dsfit_error why;

	if (count > DSFIT_ACTIVATIONS)
		return dsfit_fail_section(section, err, "activations has at most 8 entries");
	if (count)
		footprint->activations = 0;
	for (unsigned i = 0; i < count; i++)
		if (!cut_activation(cfg_getnstr(section, "activations", i),
				    &footprint->activation[footprint->activations++], &why))
			return dsfit_fail_section(section, err, why.text);
	return 0;
}

/* Check that a key is there if it has to be, and only then. Returns 0 or -1. */
static int check_key(struct at *at, const char *key, enum need need,
		     const struct dsfit_footprint *footprint, struct dsfit_error *err)
{
	bool there = cfg_opt_size(find(at, key)) > 0;
	char text[160];

	if (footprint->traced ? need == NEEDED && !there : there)
		snprintf(text, sizeof(text), "%s is %s; the keys from kept to head go together "
			 "(scripts/trace writes them)", key, there ? "alone" : "missing");
	else if (need == FP32 && there != footprint->fp32)
		snprintf(text, sizeof(text), "kept-fp32 and head-fp32 go together");
	else
		return 0;
	return dsfit_fail_section(at->section, err, text);
}

static int check(cfg_t *section, const struct dsfit_footprint *footprint, struct dsfit_error *err)
{
	struct at at = { section, 0 };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sums); i++)
		if (check_key(&at, sums[i].name, sums[i].need, footprint, err))
			return -1;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(lists); i++)
		if (check_key(&at, lists[i].name, lists[i].need, footprint, err))
			return -1;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(heads); i++)
		if (check_key(&at, heads[i].name, heads[i].need, footprint, err))
			return -1;
	if (footprint->classifies != (cfg_size(section, "head-classify-frozen") > 0) ||
	    (footprint->classifies && footprint->fp32) !=
		    (cfg_size(section, "head-classify-fp32") > 0))
		return dsfit_fail_section(section, err, "head-classify, head-classify-frozen and, "
					  "if there is head-fp32, head-classify-fp32 go together");
	return check_key(&at, "activations", OPTIONAL, footprint, err) ||
	       check_key(&at, "wide-loss-since", OPTIONAL, footprint, err) ? -1 : 0;
}

static int take(cfg_t *section, struct dsfit_footprint *footprint, struct dsfit_error *err)
{
	struct at at = { section, 0 };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sums); i++)
		if (take_sums(section, find(&at, sums[i].name), 1,
			      (void *)((char *)footprint + sums[i].at), err))
			return -1;
	if (cfg_size(section, "wide-loss-since") &&
	    parse_release(cfg_getstr(section, "wide-loss-since"), &footprint->wide_since, err))
		return -1;
	return take_lists(&at, footprint, err) || take_activations(section, footprint, err) ?
		       -1 : 0;
}

/* A kind of layers has no head. */
int dsfit_footprint_take_layer(cfg_t *section, struct dsfit_footprint *footprint,
			       struct dsfit_error *err)
{
	struct at at = { section, 0 };

	*footprint = (struct dsfit_footprint){ .traced = true };
	footprint->fp32 = cfg_size(section, "kept-fp32") > 0;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sums); i++)
		if (sums[i].need == NEEDED &&
		    check_key(&at, sums[i].name, NEEDED, footprint, err))
			return -1;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(lists); i++)
		if (lists[i].need == NEEDED &&
		    check_key(&at, lists[i].name, NEEDED, footprint, err))
			return -1;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(heads); i++)
		if (cfg_opt_size(find(&at, heads[i].name)))
			return dsfit_fail_section(section, err,
						  "a kind of layers has no head of its own");
	return take(section, footprint, err);
}

int dsfit_footprint_take(cfg_t *section, struct dsfit_footprint *footprint,
			 struct dsfit_error *err)
{
	if (!footprint->traced) {
		footprint->traced = cfg_size(section, "kept") > 0;
		footprint->fp32 = cfg_size(section, "kept-fp32") > 0;
		footprint->classifies = cfg_size(section, "head-classify") > 0;
		if (check(section, footprint, err))
			return -1;
	}
	return take(section, footprint, err);
}
