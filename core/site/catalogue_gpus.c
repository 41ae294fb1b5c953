/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GPUs are cards, each with a section `gpu`, and slices of cards. A section `mig` lists the slices
 * that several cards have in common, and gives one GPU for each card and profile:
 *
 *     mig "A100 80GB" {
 *             of = {a100_80g, a800}            a100_80g_1g.10gb   a800_1g.10gb
 *             slices = {"1g.10gb=9.5GiB"}      9.5 GiB, 1/7 of the card's tflops
 *     }
 */
#include "core/site/catalogue_gpus.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/size.h"
#include "core/formats/conf_values.h"

#define GIGABYTE UINT64_C(1000000000)

static int read_inability(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return dsfit_read_word(cfg, opt, value, result, dsfit_inability_names);
}

const cfg_opt_t dsfit_gpu_keys[] = {
	CFG_STR("label", NULL, CFGF_NONE),
	CFG_STR_LIST("aliases", NULL, CFGF_NONE),
	CFG_INT_CB("memory", 0, CFGF_NONE, dsfit_read_bytes),
	CFG_INT_CB("label-memory", 0, CFGF_NONE, dsfit_read_bytes),
	CFG_FLOAT_CB("tflops", 0, CFGF_NONE, dsfit_read_amount),
	CFG_INT_CB("context", 0, CFGF_NONE, dsfit_read_bytes),
	CFG_INT_LIST_CB("cannot", NULL, CFGF_NONE, read_inability),
	CFG_FLOAT_CB("guide-tflops", 0, CFGF_NONE, dsfit_read_amount),
	CFG_STR("best-for", "", CFGF_NONE),
	CFG_BOOL("consumer", cfg_false, CFGF_NONE),
	CFG_FLOAT_CB("price", -1, CFGF_NONE, dsfit_read_amount),
	CFG_FLOAT_CB("guide-price", -1, CFGF_NONE, dsfit_read_amount),
	CFG_END(),
};

const cfg_opt_t dsfit_mig_keys[] = {
	CFG_STR_LIST("of", NULL, CFGF_NONE),
	CFG_INT_CB("parts", 7, CFGF_NONE, dsfit_read_devices),
	CFG_STR_LIST("slices", NULL, CFGF_NONE),
	CFG_END(),
};

static int take_gpu(cfg_t *section, struct dsfit_gpu *gpu, struct dsfit_error *err)
{
	const char *label = cfg_getstr(section, "label");

	if (dsfit_copy_name(section, gpu->name, cfg_title(section), err) ||
	    dsfit_copy_name(section, gpu->label, label ? label : gpu->name, err) ||
	    dsfit_copy_name(section, gpu->best_for, cfg_getstr(section, "best-for"), err) ||
	    dsfit_copy_names(section, "aliases", &gpu->aliases))
		return -1;
	gpu->memory = dsfit_quantity(section, "memory");
	gpu->label_memory = dsfit_quantity(section, "label-memory");
	gpu->tflops = cfg_getfloat(section, "tflops");
	gpu->context = dsfit_quantity(section, "context");
	for (unsigned i = 0; i < cfg_size(section, "cannot"); i++)
		gpu->cannot |= 1u << cfg_getnint(section, "cannot", i);
	gpu->guide_tflops = cfg_getfloat(section, "guide-tflops");
	gpu->consumer = cfg_getbool(section, "consumer");
	gpu->price = cfg_getfloat(section, "price");
	gpu->guides_price = gpu->price < 0 && cfg_getfloat(section, "guide-price") >= 0;
	if (gpu->guides_price)
		gpu->price = cfg_getfloat(section, "guide-price");
	if (!gpu->label_memory)
		gpu->label_memory = gpu->memory;
	if (!gpu->memory)
		return dsfit_fail_section(section, err, "memory is missing");
	return gpu->context < gpu->memory ? 0 :
			dsfit_fail_section(section, err, "context must be smaller than memory");
}

/* Read "3g.20gb=19.6GiB". Returns the part of the card's compute, 3; 0: it is written otherwise. */
static unsigned read_slice(const char *entry, struct dsfit_gpu *slice)
{
	const char *equals = strchr(entry, '=');
	size_t length = equals ? (size_t)(equals - entry) : 0;
	unsigned long parts, gigabytes;
	char *end;

	if (!length || length >= sizeof(slice->profile) || !isdigit((unsigned char)*entry) ||
	    dsfit_parse_bytes_with_unit(equals + 1, &slice->memory, NULL) || !slice->memory)
		return 0;
	parts = strtoul(entry, &end, 10);
	if (!parts || parts > 9 || strncmp(end, "g.", 2) || !isdigit((unsigned char)end[2]))
		return 0;
	gigabytes = strtoul(end + 2, &end, 10);
	if (!gigabytes || gigabytes > 9999 || strncmp(end, "gb=", 3))
		return 0;
	slice->label_memory = gigabytes * GIGABYTE;
	memcpy(slice->profile, entry, length);
	slice->profile[length] = '\0';
	return (unsigned)parts;
}

static const struct dsfit_gpu *card_titled(const struct dsfit_site *site, const char *name)
{
	for (size_t i = 0; i < site->gpu_count; i++)
		if (!strcasecmp(site->gpus[i].name, name))
			return &site->gpus[i];
	return NULL;
}

/* Add the slice of one card, unless the site has a section of its own for it. */
static int add_slice(cfg_t *section, struct dsfit_site *site, const struct dsfit_gpu *card,
		     const char *entry, struct dsfit_error *err)
{
	struct dsfit_gpu slice = { .price = -1, .whole = card, .cannot = card->cannot };
	char what[160], name[2 * DSFIT_NAME_MAX];
	unsigned parts = read_slice(entry, &slice);
	uint64_t all = dsfit_quantity(section, "parts");

	if (!parts || parts > all) {
		snprintf(what, sizeof(what), "slices = %.63s: must be \"PROFILE=MEMORY\", such as "
			 "\"3g.20gb=19.5GiB\", with a profile of at most parts", entry);
		return dsfit_fail_section(section, err, what);
	}
	snprintf(name, sizeof(name), "%s_%s", card->name, slice.profile);
	if (dsfit_copy_name(section, slice.name, name, err))
		return -1;
	snprintf(name, sizeof(name), "%s %s", card->label, slice.profile);
	if (dsfit_copy_name(section, slice.label, name, err))
		return -1;
	slice.tflops = card->tflops * parts / (double)all;
	slice.context = card->context < slice.memory ? card->context : 0;
	if (!card_titled(site, slice.name)) {
		site->gpus[site->gpu_count++] = slice;
		site->slice_count++;
	}
	return 0;
}

static int take_mig(cfg_t *section, struct dsfit_site *site, struct dsfit_error *err)
{
	char what[160];

	for (unsigned i = 0; i < cfg_size(section, "of"); i++) {
		const char *name = cfg_getnstr(section, "of", i);
		const struct dsfit_gpu *card = card_titled(site, name);

		if (!card || card->whole) {
			snprintf(what, sizeof(what), "of = %.63s: no gpu section has this title",
				 name);
			return dsfit_fail_section(section, err, what);
		}
		for (unsigned j = 0; j < cfg_size(section, "slices"); j++)
			if (add_slice(section, site, card, cfg_getnstr(section, "slices", j), err))
				return -1;
	}
	return 0;
}

int dsfit_gpu_take_one(cfg_t *section, struct dsfit_gpu *gpu, struct dsfit_error *err)
{
	dsfit_names_free(&gpu->aliases);
	return take_gpu(section, gpu, err);
}

size_t dsfit_slices_count(cfg_t *cfg)
{
	size_t slices = 0;

	for (unsigned i = 0; i < cfg_size(cfg, "mig"); i++)
		slices += (size_t)cfg_size(cfg_getnsec(cfg, "mig", i), "of") *
			  cfg_size(cfg_getnsec(cfg, "mig", i), "slices");
	return slices;
}

int dsfit_slices_take(cfg_t *cfg, struct dsfit_site *site, struct dsfit_error *err)
{
	for (unsigned i = 0; i < cfg_size(cfg, "mig"); i++)
		if (take_mig(cfg_getnsec(cfg, "mig", i), site, err))
			return -1;
	return 0;
}

int dsfit_gpus_take(cfg_t *cfg, struct dsfit_site *site, struct dsfit_error *err)
{
	unsigned gpus = cfg_size(cfg, "gpu");

	/* Slices point to their cards, so the array does not grow. */
	site->gpus = calloc(gpus + dsfit_slices_count(cfg) + 1, sizeof(*site->gpus));
	if (!site->gpus)
		return -1;
	for (unsigned i = 0; i < gpus; i++)
		if (take_gpu(cfg_getnsec(cfg, "gpu", i), &site->gpus[site->gpu_count++], err))
			return -1;
	return dsfit_slices_take(cfg, site, err);
}
