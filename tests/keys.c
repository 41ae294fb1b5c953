/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every key that the configuration may have, with the section it may be in, and every option of
 * sbatch: from the tables themselves, for tests/manuals. core/site/load.c is taken in whole, as its
 * table is its own; the linker then leaves out the core's copy of it.
 */
#include "core/declare/declaration.h"
#include "core/model/architecture.h"
#include "core/script/launchers_conf.h"
#include "core/site/load.c"

static void print_keys(const char *section, const cfg_opt_t *keys)
{
	for (; keys->name; keys++) {
		if (keys->type == CFGT_SEC)
			print_keys(keys->name, keys->subopts);
		/* libconfuse's own, for what it does not know. */
		else if (strcmp(keys->name, "__unknown"))
			printf("%s %s\n", section, keys->name);
	}
}

int main(void)
{
	cfg_t *cfg = describe();

	if (!cfg)
		return 1;
	print_keys("site", cfg->opts);
	cfg_free(cfg);
	cfg = dsfit_architectures_describe();
	if (!cfg)
		return 1;
	print_keys("file", cfg->opts);
	cfg_free(cfg);
	cfg = dsfit_launchers_describe();
	if (!cfg)
		return 1;
	print_keys("launchers", cfg->opts);
	cfg_free(cfg);
	for (int i = 0; i < DSFIT_OPTION_SLURM_END; i++)
		printf("option --ds-%s\n", dsfit_options[i].name);
	return 0;
}
