/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/declaration.h"

#include <error.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "core/size.h"

struct argp_option *cli_declaration_options(const struct argp_option *own)
{
	struct argp_option *options;
	size_t count = 0;

	while (!cli_is_end(&own[count]))
		count++;
	options = calloc(DSFIT_OPTION_END + 1 + count + 1, sizeof(*options));
	if (!options)
		error(CLI_USAGE, 0, "out of memory");
	options[0].doc = "The training:";
	options[0].group = 1;
	for (int i = 0; i < DSFIT_OPTION_END; i++) {
		options[i + 1].name = dsfit_options[i].name;
		options[i + 1].key = CLI_KEY_DECLARATION + i;
		options[i + 1].arg = dsfit_options[i].argument;
		options[i + 1].doc = dsfit_options[i].help;
	}
	memcpy(options + DSFIT_OPTION_END + 1, own, (count + 1) * sizeof(*options));
	return options;
}

error_t cli_declaration_take(struct dsfit_declaration *declaration, int key, const char *value)
{
	if (key < CLI_KEY_DECLARATION || key >= CLI_KEY_OWN)
		return ARGP_ERR_UNKNOWN;
	declaration->value[key - CLI_KEY_DECLARATION] = value ? value : "true";
	return 0;
}

void cli_declaration_resolve(const struct dsfit_declaration *declaration,
			     const struct dsfit_site *site, struct dsfit_workload *out)
{
	struct dsfit_error err;

	if (dsfit_declaration_none(declaration))
		error(CLI_USAGE, 0, "--model=none: a job's word for \"not sized\": there is nothing to "
		      "size");
	if (dsfit_declaration_resolve(declaration, &site->models, &site->defaults, out, &err))
		error(CLI_USAGE, 0, "%s", err.text);
}

void cli_reject(const char *option, const struct dsfit_error *why)
{
	error(CLI_USAGE, 0, "--%s=%s", option, why->text);
}

void cli_take_number(const char *option, const char *value, uint64_t *out)
{
	struct dsfit_error why;

	if (dsfit_parse_number(value, 1, 1000000, out, &why))
		cli_reject(option, &why);
}

void cli_take_size(const char *option, const char *value, uint64_t *out)
{
	struct dsfit_error why;

	if (dsfit_parse_bytes_with_unit(value, out, &why))
		cli_reject(option, &why);
	if (!*out)
		error(CLI_USAGE, 0, "--%s=%s: accepted are sizes above 0", option, value);
}

void cli_take_mebibytes(const char *option, const char *value, uint64_t *out)
{
	struct dsfit_error why;

	if (dsfit_parse_mebibytes(value, out, &why))
		cli_reject(option, &why);
}
