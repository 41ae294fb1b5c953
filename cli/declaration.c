/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/declaration.h"

#include <errno.h>
#include <error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/common.h"
#include "cli/option_names.h"
#include "core/base/array.h"
#include "core/base/file.h"
#include "core/base/size.h"
#include "core/declare/hub_cache.h"

/* The groups of --help. Each begins at an option of the core's table. Common options come first. */
static const struct {
	enum dsfit_option first;
	const char *header;		/* NULL: the group has its header already */
	int group;
} groups[] = {
	{ DSFIT_OPTION_MODEL, "Training:", 1 },
	{ DSFIT_OPTION_OPTIMIZER, "More training options:", 2 },
	{ DSFIT_OPTION_GOAL, "Answer:", 3 },
	{ DSFIT_OPTION_PARAMS, "Model shape, instead of --model:", CLI_GROUP_LAST },
	{ DSFIT_OPTION_BASE_WEIGHTS, NULL, 2 },
};

#define GROUPS DSFIT_ARRAY_SIZE(groups)

/* The names of the options of sbatch, without "--". */
static char slurm_names[DSFIT_OPTION_SLURM_END][32];

struct argp_option *cli_declaration_options(const struct argp_option *own)
{
	struct argp_option *options, *next;
	size_t count = 0, group = 0;

	while (!cli_is_end(&own[count]))
		count++;
	options = next = calloc(GROUPS + 2 * DSFIT_OPTION_END + count + 1, sizeof(*options));
	if (!options)
		error(CLI_USAGE, 0, "out of memory");
	for (int i = 0; i < DSFIT_OPTION_END; i++) {
		if (group + 1 < GROUPS && groups[group + 1].first == (enum dsfit_option)i)
			group++;
		if (groups[group].header && groups[group].first == (enum dsfit_option)i)
			*next++ = (struct argp_option){ .doc = groups[group].header,
							.group = groups[group].group };
		*next++ = (struct argp_option){
			.name = dsfit_options[i].name,
			.key = CLI_KEY_DECLARATION + i,
			.arg = dsfit_options[i].argument,
			.doc = dsfit_options[i].help,
			.group = groups[group].group,
		};
	}
	/* As sbatch has them. */
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++) {
		snprintf(slurm_names[i], sizeof(slurm_names[i]), "ds-%s", dsfit_options[i].name);
		*next++ = (struct argp_option){
			.name = slurm_names[i],
			.key = CLI_KEY_DECLARATION + i,
			.arg = dsfit_options[i].argument,
			.flags = OPTION_HIDDEN,
		};
	}
	memcpy(next, own, (count + 1) * sizeof(*options));
	return options;
}

error_t cli_declaration_take(struct dsfit_declaration *declaration, int key, const char *value)
{
	if (key < CLI_KEY_DECLARATION || key >= CLI_KEY_OWN)
		return ARGP_ERR_UNKNOWN;
	dsfit_declaration_take(declaration, (enum dsfit_option)(key - CLI_KEY_DECLARATION),
			       value ? value : "true");
	return 0;
}

/* A script where a model is expected: no list has a model of such a name. */
static void reject_script(const char *value)
{
	static const char *const ends[] = { ".sh", ".bash", ".sbatch", ".slurm" };
	size_t length = strlen(value);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(ends); i++) {
		size_t end = strlen(ends[i]);

		if (length <= end || strcmp(value + length - end, ends[i]) ||
		    dsfit_is_folder(value))
			continue;
		if (access(value, R_OK))
			error(CLI_USAGE, errno, "%s", value);
		error(CLI_USAGE, 0, "%s: is no model: \"dsfit size\" takes a script if it begins "
		      "with #!, and \"dsfit read %s\" prints the options that declare it", value,
		      value);
	}
}

error_t cli_declaration_take_argument(struct dsfit_declaration *declaration, const char *value)
{
	static const char *const commands[] = { "sbatch", "salloc", "srun" };
	const char **model = &declaration->value[DSFIT_OPTION_MODEL];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(commands); i++)
		if (!strcmp(value, commands[i]))
			return 0;
	if (*model && strcmp(*model, value))
		error(CLI_USAGE, 0, "%s: unexpected argument: the model is %s already", value,
		      *model);
	reject_script(value);
	*model = value;
	return 0;
}

void cli_declaration_resolve(const struct dsfit_declaration *declaration,
			     const struct dsfit_site *site, struct dsfit_workload *out)
{
	struct dsfit_declaration own = *declaration;
	struct dsfit_error err;
	unsigned next = 0;
	int rc;

	dsfit_hub_cache_folder(getenv, own.hub_cache);
	declaration = &own;
	if (dsfit_declaration_none(declaration))
		error(CLI_USAGE, 0, "--model=none means \"do not size this job\": there is "
		      "nothing to size");
	rc = dsfit_declaration_resolve(declaration, &site->models, &site->defaults, out, &err);
	cli_check_sections(site, rc ? NULL : &out->model);
	if (rc || dsfit_declaration_unknown(declaration, out, &err))
		error(CLI_USAGE, 0, "%s", err.text);
	while (dsfit_declaration_warning(declaration, out, &site->families, &next, &err))
		error(0, 0, "warning: %s", err.text);
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
		error(CLI_USAGE, 0, "--%s=%s: must be a size above 0", option, value);
}
