/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/formats/conf_values.h"

#include <ctype.h>
#include <string.h>

#include "core/base/size.h"
#include "core/base/word.h"

int dsfit_reject(cfg_t *cfg, cfg_opt_t *opt, const struct dsfit_error *why)
{
	cfg_error(cfg, "%s = %s", opt->name, why->text);
	return -1;
}

typedef int (*quantity_parser)(const char *, uint64_t *, struct dsfit_error *);

static int read_quantity(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result,
			 quantity_parser parse)
{
	struct dsfit_error why;
	uint64_t quantity;

	if (parse(value, &quantity, &why))
		return dsfit_reject(cfg, opt, &why);
	*(long *)result = (long)quantity;
	return 0;
}

/* A number without a unit is refused: in slurm.conf it would be MiB, elsewhere bytes. */
static int parse_bytes(const char *value, uint64_t *out, struct dsfit_error *err)
{
	if (dsfit_parse_bytes(value, out, err))
		return -1;
	if (*out && !isalpha((unsigned char)value[strlen(value) - 1]))
		return dsfit_fail(err, "%s: the unit is missing: write a size such as "
				  "512000MiB, 384GiB or 80GB, or 0", value);
	return 0;
}

int dsfit_read_bytes(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return read_quantity(cfg, opt, value, result, parse_bytes);
}

int dsfit_read_rate(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return read_quantity(cfg, opt, value, result, dsfit_parse_rate);
}

int dsfit_read_count(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return read_quantity(cfg, opt, value, result, dsfit_parse_count);
}

static int parse_whole(const char *value, uint64_t *out, struct dsfit_error *err)
{
	return dsfit_parse_number(value, 0, 1000000000, out, err);
}

int dsfit_read_number(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return read_quantity(cfg, opt, value, result, parse_whole);
}

static int parse_nodes(const char *value, uint64_t *out, struct dsfit_error *err)
{
	return dsfit_parse_number(value, 0, DSFIT_NODES_MAX, out, err);
}

int dsfit_read_nodes(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return read_quantity(cfg, opt, value, result, parse_nodes);
}

static int parse_devices(const char *value, uint64_t *out, struct dsfit_error *err)
{
	return dsfit_parse_number(value, 0, 4096, out, err);
}

int dsfit_read_devices(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	return read_quantity(cfg, opt, value, result, parse_devices);
}

int dsfit_read_amount(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
	struct dsfit_error why;

	return dsfit_parse_decimal(value, 0, 1e9, result, &why) ? dsfit_reject(cfg, opt, &why) : 0;
}

int dsfit_read_word(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result,
		    const char *const *names)
{
	struct dsfit_error why;
	int word = dsfit_parse_word(names, value, &why);

	if (word < 0)
		return dsfit_reject(cfg, opt, &why);
	*(long *)result = word;
	return 0;
}

int dsfit_fail_section(cfg_t *section, struct dsfit_error *err, const char *what)
{
	return dsfit_fail(err, "%s:%d: %s \"%s\": %s", section->filename, section->line,
			  section->name, cfg_title(section), what);
}

cfg_opt_t *dsfit_next_option(cfg_t *section, const char *key, size_t *at)
{
	cfg_opt_t *option = &section->opts[*at];

	if (!option->name || strcmp(option->name, key))
		option = cfg_getopt(section, key);
	if (option)
		*at = (size_t)(option - section->opts) + 1;
	return option;
}

uint64_t dsfit_quantity(cfg_t *section, const char *key)
{
	return (uint64_t)cfg_getint(section, key);
}

int dsfit_copy_name(cfg_t *section, char out[DSFIT_NAME_MAX], const char *text,
		    struct dsfit_error *err)
{
	text = text ? text : "";
	if (strlen(text) >= DSFIT_NAME_MAX)
		return dsfit_fail_section(section, err, "a name has at most 63 characters");
	strcpy(out, text);
	return 0;
}

int dsfit_copy_title(cfg_t *section, char out[DSFIT_NAME_MAX], struct dsfit_error *err)
{
	const char *title = cfg_title(section);

	if (!*title || strchr(title, ','))
		return dsfit_fail_section(section, err, "the title must be one name");
	return dsfit_copy_name(section, out, title, err);
}

int dsfit_copy_names(cfg_t *section, const char *key, struct dsfit_names *out)
{
	for (unsigned i = 0; i < cfg_size(section, key); i++)
		if (dsfit_names_add(out, cfg_getnstr(section, key, i)))
			return -1;
	return 0;
}
