/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of a declaration, NAME=VALUE a line, as slurmctld reads them: no file is opened. For
 * libFuzzer: see scripts/fuzz. What is read can be passed on, and is the same then.
 */
#include "tests/fuzz/fuzz.h"

#include "core/base/file.h"
#include "core/declare/declaration.h"
#include "core/declare/passed_on.h"

static struct dsfit_site *site;

/* Of hub.conf each sixteenth model, and what is none: to look for a name among all of them takes
 * most of a run. */
static void write_hub(void)
{
	size_t length, entries = 0;
	char *text = dsfit_file_read(CONF "/hub.conf", &length, NULL), *rest = text, *line;
	FILE *out = fopen("hub.conf", "we");

	fuzz_assert(text && out);
	while ((line = strsep(&rest, "\n"))) {
		entries += *line && !strchr("#\t ", *line);
		if (entries % 16 == 1 || strstr(line, " not \""))
			fprintf(out, "%s\n", line);
	}
	fuzz_assert(!fclose(out));
	free(text);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	write_hub();
	site = fuzz_site("hub(\"hub.conf\")\n");
	return 0;
}

static void take(struct dsfit_declaration *declaration, char *line)
{
	char *value = strchr(line, '=');

	if (!value)
		return;
	*value++ = '\0';
	for (int i = 0; i < DSFIT_OPTION_END; i++)
		if (!strcmp(dsfit_options[i].name, line))
			dsfit_declaration_take(declaration, (enum dsfit_option)i, value);
}

static void pass_on(const struct dsfit_workload *workload)
{
	char first[DSFIT_PASSED_ON_MAX], again[DSFIT_PASSED_ON_MAX];
	struct dsfit_workload read;
	struct dsfit_error err;

	fuzz_assert(!dsfit_passed_on_write(workload, first, sizeof(first)));
	if (dsfit_passed_on_read(first, &read, &err))
		fprintf(stderr, "%s: %s\n", first, err.text), abort();
	fuzz_assert(!dsfit_passed_on_write(&read, again, sizeof(again)));
	fuzz_assert(!strcmp(first, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dsfit_declaration declaration = { .prefix = "--ds-", .no_files = true };
	char *text = fuzz_text(data, size), *rest = text, *line;
	struct dsfit_workload workload;
	struct dsfit_error err;

	while ((line = strsep(&rest, "\n")))
		take(&declaration, line);
	if (!dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, &workload,
				       &err))
		pass_on(&workload);
	else
		fuzz_assert(err.text[0]);
	free(text);
	return 0;
}
