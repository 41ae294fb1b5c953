/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A name is cut into words of letters and digits, and each word is one of these:
 *
 *     nvidia_h100_80gb_hbm3_1g.10gb      NVIDIA RTX 6000 Ada Generation
 *     |      |    |    |    |            |      |   |    |   |
 *     noise  |    size |    slice        noise  +model---+   noise
 *            model     noise
 *
 * What is left of the words after noise, size, form and slice is the model. It is written without
 * "rtx" or "gtx" before its number, because people leave that out. A number alone may be a size
 * (a100-80) or belong to the model (RTX 4090), so a name is read both ways.
 *
 * Sources: the names that NVML and rocm-smi report, to which slurmd's AutoDetect gives lower case
 * and underscores; types in the gres.conf of public clusters.
 */
#include "core/site/card_name.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/array.h"

#define GIGABYTE UINT64_C(1000000000)

/* Words that tell no card from another. */
static const char *const noise[] = {
	"nvidia", "tesla", "geforce", "quadro", "amd", "instinct", "radeon", "intel", "habana",
	"gpu", "gpus", "data", "datacenter", "center", "graphics", "accelerator", "tensor", "core",
	"generation", "gen", "edition", "server", "workstation", "desktop", "series", "mig", "me",
	"hbm", "hbm2", "hbm2e", "hbm3", "hbm3e", "oam", "ac", "ampere", "hopper", "volta", "pascal",
	"turing", "kepler", "ecc", "nvlink", "com", "labs", "gcd", "corporation", "card", "gfx",
	"ls", "lhr", "fhhl", "dgxs", "nvl72",
};

static bool is_noise(const char *word)
{
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(noise); i++)
		if (!strcmp(noise[i], word))
			return true;
	return false;
}

/* What follows a maker's or a line's name that is written without a separator: geforce3090. */
static const char *without_brand(const char *word)
{
	static const char *const brands[] = { "nvidia", "tesla", "geforce", "quadro", "instinct" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(brands); i++)
		if (!strncmp(word, brands[i], strlen(brands[i])) && word[strlen(brands[i])])
			return word + strlen(brands[i]);
	return word;
}

/* The form that a word names; 0: none. */
static unsigned form_of(const char *word)
{
	if (!strncmp(word, "sxm", 3) && (!word[3] || (isdigit((unsigned char)word[3]) && !word[4])))
		return DSFIT_CARD_SXM;
	if (!strcmp(word, "pcie") || !strcmp(word, "pci"))
		return DSFIT_CARD_PCIE;
	return strcmp(word, "nvl") ? 0 : DSFIT_CARD_NVL;
}

/* The gigabytes that a word is: 80g, 80gb, 80gib, or if it `may` be bare, 80; else 0. */
static unsigned size_of(const char *word, bool may)
{
	unsigned long number;
	char *end;

	if (!isdigit((unsigned char)*word))
		return 0;
	number = strtoul(word, &end, 10);
	if (number > 1024 || (*end && strcmp(end, "g") && strcmp(end, "gb") && strcmp(end, "gib")))
		return 0;
	return *end || may ? (unsigned)number : 0;
}

/* Cut off the form that is written without a separator: a100sxm4, h100nvl. */
static unsigned cut_form(char *word)
{
	for (char *at = word; *at; at++) {
		unsigned form = at > word && isdigit((unsigned char)at[-1]) ? form_of(at) : 0;

		if (!form)
			continue;
		*at = '\0';
		return form;
	}
	return 0;
}

static void take_word(char *word, bool bare, struct dsfit_card_name *out)
{
	unsigned form = form_of(word), size;
	size_t length = strlen(out->model);

	if (form) {
		out->forms |= form;
		return;
	}
	size = size_of(word, bare && length);
	if (size) {
		out->gigabytes = size;
		return;
	}
	if (is_noise(word))
		return;
	out->forms |= cut_form(word);
	snprintf(out->model + length, sizeof(out->model) - length, "%s", without_brand(word));
}

/* Copy the digits at *text to *out. Returns how many there are. */
static size_t take_digits(const char **text, char **out)
{
	size_t count = 0;

	while (isdigit((unsigned char)**text) && count < 4) {
		*(*out)++ = *(*text)++;
		count++;
	}
	return count;
}

/* Read a slice's profile at the beginning of `text`: 3g.40gb, with any or no separator. Returns its
 * length; 0: it is none. */
static size_t read_profile(const char *text, char profile[DSFIT_PROFILE_MAX])
{
	const char *at = text;
	char *out = profile;

	if (take_digits(&at, &out) == 1 && *at == 'g') {
		*out++ = 'g';
		*out++ = '.';
		at++;
		at += *at && strchr("._- ", *at) ? 1 : 0;
		if (take_digits(&at, &out) && at[0] == 'g' && at[1] == 'b' &&
		    !isalnum((unsigned char)at[2])) {
			strcpy(out, "gb");
			return (size_t)(at + 2 - text);
		}
	}
	*profile = '\0';
	return 0;
}

/* Read the name; `bare`: numbers after the model are sizes. */
static bool read_name(const char *text, bool bare, struct dsfit_card_name *out)
{
	char word[DSFIT_NAME_MAX], lower[4 * DSFIT_NAME_MAX];
	size_t length = 0, skip;

	*out = (struct dsfit_card_name){ 0 };
	if (strlen(text) >= sizeof(lower))
		return false;
	for (length = 0; text[length]; length++)
		lower[length] = (char)tolower((unsigned char)text[length]);
	lower[length] = '\0';
	length = 0;
	for (const char *at = lower; ; at += skip) {
		skip = 1;
		if (!length && !*out->profile)
			skip += read_profile(at, out->profile);
		if (skip > 1) {
			skip--;
			continue;
		}
		if (isalnum((unsigned char)*at) && length + 1 < sizeof(word)) {
			word[length++] = *at;
			continue;
		}
		word[length] = '\0';
		if (length)
			take_word(word, bare, out);
		length = 0;
		if (!*at)
			break;
	}
	if ((!strncmp(out->model, "rtx", 3) || !strncmp(out->model, "gtx", 3)) &&
	    (isdigit((unsigned char)out->model[3]) ||
	     (out->model[3] == 'a' && isdigit((unsigned char)out->model[4]))))
		memmove(out->model, out->model + 3, strlen(out->model + 3) + 1);
	return out->model[0] || out->profile[0];
}

bool dsfit_card_name_read(const char *text, struct dsfit_card_name *out)
{
	return read_name(text, false, out);
}

/* ---- finding the card ----------------------------------------------------------------------- */

/* How well the form of the name agrees with that of one of a card's own names. */
static unsigned rate_form(unsigned wanted, unsigned own)
{
	if (wanted && own)
		return wanted & own ? 4 : 1;
	return own ? 2 : wanted ? 3 : 4;
}

/* How well one of a card's own names answers to the name; 0: not at all. A card that is called so
 * without a size comes before those that need one, but not for a slice, which has its own. */
static unsigned rate_text(const struct dsfit_card_name *name, const char *own, unsigned gigabytes)
{
	struct dsfit_card_name other;

	if (!read_name(own, false, &other) || strcmp(name->model, other.model))
		return 0;
	if (name->gigabytes && name->gigabytes != gigabytes && name->gigabytes != other.gigabytes)
		return 0;
	return 2 * rate_form(name->forms, other.forms) +
	       (name->profile[0] || name->gigabytes || !other.gigabytes);
}

static unsigned rate_card(const struct dsfit_card_name *name, const struct dsfit_gpu *gpu)
{
	unsigned gigabytes = (unsigned)((gpu->label_memory + GIGABYTE / 2) / GIGABYTE);
	unsigned best = rate_text(name, gpu->name, gigabytes), one;

	one = rate_text(name, gpu->label, gigabytes);
	best = one > best ? one : best;
	for (size_t i = 0; i < gpu->aliases.count; i++) {
		one = rate_text(name, gpu->aliases.name[i], gigabytes);
		best = one > best ? one : best;
	}
	return best;
}

/* Of two that answer equally well: the smaller one, or that of the site's own section, which
 * follows the catalogue's. */
static bool is_preferred(const struct dsfit_gpu *gpu, const struct dsfit_gpu *found)
{
	return gpu->memory < found->memory || (gpu->memory == found->memory && !gpu->whole);
}

static const struct dsfit_gpu *find(const struct dsfit_site *site,
				    const struct dsfit_card_name *name)
{
	const struct dsfit_gpu *found = NULL;
	unsigned best = 0;

	for (size_t i = 0; i < site->gpu_count; i++) {
		const struct dsfit_gpu *gpu = &site->gpus[i];
		unsigned rate;

		if (strcmp(name->profile, gpu->profile))
			continue;
		/* A slice without a card may be of any. */
		rate = gpu->whole && !name->model[0] ? 1 :
		       rate_card(name, gpu->whole ? gpu->whole : gpu);
		if (rate > best || (rate && rate == best && is_preferred(gpu, found))) {
			best = rate;
			found = gpu;
		}
	}
	return found;
}

static const struct dsfit_gpu *find_meant(const struct dsfit_site *site, const char *text)
{
	const struct dsfit_gpu *found = NULL;
	struct dsfit_card_name name;

	if (read_name(text, false, &name))
		found = find(site, &name);
	if (!found && read_name(text, true, &name) && name.gigabytes)
		found = find(site, &name);
	return found;
}

/* The one that has exactly this name. A site's own sections follow those of the catalogue, and come
 * first. */
static const struct dsfit_gpu *find_named(const struct dsfit_site *site, const char *name)
{
	for (size_t i = site->gpu_count; i-- > 0; ) {
		const struct dsfit_gpu *gpu = &site->gpus[i];

		if (!strcasecmp(gpu->name, name) || !strcasecmp(gpu->label, name) ||
		    dsfit_names_have(&gpu->aliases, name))
			return gpu;
	}
	return NULL;
}

const struct dsfit_gpu *dsfit_site_gpu(const struct dsfit_site *site, const char *name)
{
	/* A profile is part of a slice's name, and slices are made of all cards. */
	const struct dsfit_gpu *gpu = strstr(name, "g.") ? NULL : find_named(site, name);

	if (gpu && site->unread_gpus && gpu < site->gpus + site->card_count)
		return dsfit_unread_need(site->unread_gpus, (size_t)(gpu - site->gpus)) ?
			       gpu : NULL;
	if (gpu)
		return gpu;
	if (!dsfit_unread_need(site->unread_gpus, site->card_count))
		return NULL;
	gpu = find_named(site, name);
	return gpu ? gpu : find_meant(site, name);
}

/* ---- slips ---------------------------------------------------------------------------------- */

/* The next number of a text from where *text is, which moves behind it. Returns its length; 0 at
 * the end. */
static size_t next_number(const char **text, const char **number)
{
	size_t length = 0;

	while (**text && !isdigit((unsigned char)**text))
		(*text)++;
	*number = *text;
	while (isdigit((unsigned char)**text)) {
		(*text)++;
		length++;
	}
	return length;
}

/* The letters right before a number that begins at `at`. */
static size_t letters_before(const char *text, const char *at)
{
	size_t length = 0;

	while (at > text && isalpha((unsigned char)at[-1])) {
		at--;
		length++;
	}
	return length;
}

bool dsfit_card_is_kin(const char *word, const char *name)
{
	const char *a = word, *b = name, *number_a, *number_b;
	bool first = true;

	for (;; first = false) {
		size_t length = next_number(&a, &number_a);
		size_t letters, others;

		if (length != next_number(&b, &number_b) || strncmp(number_a, number_b, length))
			return false;
		if (!length)
			return !first;
		letters = letters_before(word, number_a);
		others = letters_before(name, number_b);
		if (first && (letters < 3 || others < 3) &&
		    (letters != others ||
		     strncasecmp(number_a - letters, number_b - others, letters)))
			return false;
	}
}
