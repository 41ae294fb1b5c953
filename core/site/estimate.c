/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of dsfit.conf's section `estimate`: one table has their names, bounds and places. */
#include "core/site/estimate.h"

#include <stddef.h>
#include <string.h>

#include "core/base/array.h"
#include "core/base/size.h"

#define IN(member) offsetof(struct dsfit_estimate_settings, member)

/* The largest size that is accepted: no process needs more. */
#define MOST_BYTES (64 * DSFIT_GIB)

static const struct size_key {
	const char *name;
	size_t at;
} sizes[] = {
	{ "context", IN(context) },
	{ "nccl", IN(nccl) },
	{ "process-low", IN(process_low) },
	{ "process", IN(process) },
	{ "process-high", IN(process_high) },
};

static const struct share_key {
	const char *name;
	size_t at;
	double least, most;
} shares[] = {
	{ "slack", IN(slack), 0, 1 },
	{ "slack-zero", IN(slack_zero), 0, 1 },
	{ "slack-fsdp", IN(slack_fsdp), 0, 1 },
	{ "exact-below", IN(exact.below), 0, 0.9 },
	{ "exact-below-fused", IN(exact.below_fused), 0, 0.9 },
	{ "exact-above", IN(exact.above), 0, 1 },
	{ "assumed-below", IN(assumed.below), 0, 0.9 },
	{ "assumed-below-fused", IN(assumed.below_fused), 0, 0.9 },
	{ "assumed-above", IN(assumed.above), 0, 1 },
	{ "estimated-below", IN(estimated.below), 0, 0.9 },
	{ "estimated-below-fused", IN(estimated.below_fused), 0, 0.9 },
	{ "estimated-above", IN(estimated.above), 0, 1 },
	{ "fsdp-below", IN(fsdp.below), 0, 0.9 },
	{ "fsdp-below-fused", IN(fsdp.below_fused), 0, 0.9 },
	{ "fsdp-above", IN(fsdp.above), 0, 1 },
	{ "utilisation", IN(utilisation), 0.01, 1 },
	{ "utilisation-low", IN(utilisation_low), 0.01, 1 },
};

_Static_assert(DSFIT_ARRAY_SIZE(sizes) + DSFIT_ARRAY_SIZE(shares) < DSFIT_ESTIMATE_KEYS,
	       "a section has room for all keys");

static int read_size(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct dsfit_error why;

	if (dsfit_read_bytes(cfg, opt, value, result))
		return -1;
	if (*(long *)result <= (long)MOST_BYTES)
		return 0;
	dsfit_fail(&why, "%s: must be a size up to 64GiB", value);
	return dsfit_reject(cfg, opt, &why);
}

static int read_share(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	const struct share_key *key = shares;
	struct dsfit_error why;

	while (strcmp(key->name, opt->name))
		key++;
	return dsfit_parse_decimal(value, key->least, key->most, result, &why) ?
		       dsfit_reject(cfg, opt, &why) : 0;
}

void dsfit_estimate_describe(cfg_opt_t *keys)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sizes); i++)
		*keys++ = (cfg_opt_t)CFG_INT_CB(sizes[i].name, 0, CFGF_NODEFAULT, read_size);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(shares); i++)
		*keys++ = (cfg_opt_t)CFG_FLOAT_CB(shares[i].name, 0, CFGF_NODEFAULT, read_share);
	*keys = (cfg_opt_t)CFG_END();
}

void dsfit_estimate_take(cfg_t *section, struct dsfit_estimate_settings *settings)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sizes); i++)
		if (cfg_size(section, sizes[i].name))
			*(uint64_t *)(void *)((char *)settings + sizes[i].at) =
				dsfit_quantity(section, sizes[i].name);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(shares); i++)
		if (cfg_size(section, shares[i].name))
			*(double *)(void *)((char *)settings + shares[i].at) =
				cfg_getfloat(section, shares[i].name);
}

int dsfit_estimate_check(cfg_t *cfg, cfg_opt_t *opt)
{
	struct dsfit_estimate_settings s;
	char a[DSFIT_SIZE_TEXT], b[DSFIT_SIZE_TEXT];

	dsfit_estimate_defaults(&s);
	dsfit_estimate_take(cfg_opt_getnsec(opt, 0), &s);
	if (s.process_low > s.process)
		cfg_error(cfg, "estimate: process-low = %s is above process = %s",
			  dsfit_format_bytes(s.process_low, a), dsfit_format_bytes(s.process, b));
	else if (s.process > s.process_high)
		cfg_error(cfg, "estimate: process = %s is above process-high = %s",
			  dsfit_format_bytes(s.process, a), dsfit_format_bytes(s.process_high, b));
	else if (s.utilisation_low > s.utilisation)
		cfg_error(cfg, "estimate: utilisation-low = %g is above utilisation = %g",
			  s.utilisation_low, s.utilisation);
	else
		return 0;
	return -1;
}
