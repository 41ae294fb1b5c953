/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole decisions, each byte of the data a choice, for libFuzzer: see scripts/fuzz. The options
 * that write a correction can be read, fit, and are left alone when they are decided on again. So
 * is a request that a user is told.
 */
#include "tests/fuzz/fuzz.h"

#include "core/base/array.h"
#include "core/decide/decide.h"
#include "core/decide/rules.h"
#include "core/declare/declaration.h"
#include "core/say/say.h"
#include "plugin/request_read.h"
#include "plugin/request_write.h"

/* A % is a number. */
static const char *const models[] = {
	"model=124M", "model=350M", "model=1.3B", "model=3B", "model=7B", "model=13B", "model=30B",
	"model=70B", "model=8x7B", "model=560B", "model=%B", "model=%M", "model=llama-2-7b",
	"model=gpt2", "params=%B layers=% hidden=%",
};

static const char *const trainings[] = {
	"zero=0", "zero=1", "zero=2", "zero=3", "offload=cpu", "offload=nvme",
	"offload=optimizer:cpu", "offload=param:cpu", "offload=param:nvme", "method=lora",
	"method=qlora", "method=lora:%", "batch=%", "seq=%", "precision=fp32", "precision=fp16",
	"precision=bf16", "optimizer=adam8bit", "optimizer=sgd", "optimizer=adafactor",
	"checkpointing=none", "checkpointing=full", "attention=eager", "attention=flash",
	"parallel=tensor:%", "parallel=pipeline:%", "parallel=sequence:%", "parallel=expert:%",
	"goal=experiment", "goal=production", "goal=development", "fit=advise", "fit=reject",
	"fit=correct", "fit=off", "engine=none", "engine=fsdp", "engine=ddp", "dataset=%GB",
	"set=loss:fused", "set=eval-batch:%", "set=objective:dpo", "set=objective:ppo",
	"set=head:classify", "set=foreach:yes", "set=workers:%", "set=lora-targets:all-linear",
};

static const char *const options[] = {
	"nodes=%", "nodes=1-%", "ntasks=%", "ntasks-per-node=%", "ntasks-per-gpu=%",
	"cpus-per-task=%", "cpus-per-gpu=%", "gpus=%", "gpus=a100:%", "gpus=h100:%",
	"gpus=rtx4090:%", "gpus=nosuch:%", "gpus-per-node=%", "gpus-per-node=a100:%",
	"gpus-per-node=a100_80g:%", "gpus-per-task=%", "gpus-per-task=a100:%", "gres=gpu:%",
	"gres=gpu:a100:%", "gres=nvme:1,gpu:%", "gres=none", "tres-per-task=gres/gpu:%",
	"tres-per-task=gres/gpu:a100:%", "tres-per-task=cpu:%,gres/gpu:%",
	"tres-bind=gres/gpu:per_task:%", "mem=%G", "mem=%M", "mem=0", "mem-per-gpu=%G",
	"mem-per-cpu=%G", "constraint=slow", "constraint=fast|ib", "constraint=[slow|ib]",
	"constraint=fast*%", "partition=day", "partition=night", "partition=day,night", "tmp=%G",
	"exclusive=exclusive", "nodelist=a0", "exclude=a0", "qos=high",
};

static const char nodes[] =
	"nodes \"a\" { gpu = a100 gpus = 4 count = 4 cpus = 64 memory = 256GiB scratch = 2000GiB\n"
	"	network = 100Gbps features = {fast, ib} partitions = {day, night} price = 4 }\n"
	"nodes \"b\" { gpu = a100_80g gpus = 8 count = 3 cpus = 32 memory = 512GiB\n"
	"	features = {fast} partitions = {night} network = 20Gbps price = 9 }\n"
	"nodes \"c\" { gpu = rtx4090 gpus = 2 count = 6 features = {slow} partitions = {day} }\n"
	"nodes \"d\" { gpu = h100 gpus = 3 count = 2 cpus = 16 memory = 128GiB }\n"
	"partition \"day\" { default = true }\n";

static const char *const policies[] = {
	"mode = correct controller-budget = 5000\npartition \"night\" { preemptible = true }\n",
	"mode = correct refuse-tight = true max-gpus = 8 network = wait network-wait = 0.2\n"
	"default-mem-per-gpu = 16GiB storage = 300GB controller-budget = 2000\n"
	"partition \"night\" { refuse-tight = false max-gpus = 4 }\n",
	"mode = correct may-change = {memory, nodes, gpu-type, partition} max-nodes = 3\n"
	"default-mem-per-cpu = 4GiB unknown-gpu = reject controller-budget = 2000\n"
	"partition \"night\" { mode = reject }\n",
};

static struct dsfit_site *sites[DSFIT_ARRAY_SIZE(policies)];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char text[4096];

	(void)argc;
	(void)argv;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(sites); i++) {
		snprintf(text, sizeof(text), "%s%s", policies[i], nodes);
		sites[i] = fuzz_site(text);
	}
	return 0;
}

/* What was decided, for a failure. */
static char declared[512], asked[512];

/* --- choices ------------------------------------------------------------------------------- */

struct bytes {
	const uint8_t *at;
	size_t left;
};

static unsigned next(struct bytes *bytes)
{
	if (!bytes->left)
		return 0;
	bytes->left--;
	return *bytes->at++;
}

/* Sizes that matter are small, or the powers of two. */
static unsigned long number(struct bytes *bytes)
{
	unsigned byte = next(bytes);

	return byte < 192 ? byte % 65 : 1ul << (byte - 192) % 20;
}

/* Adds a word of the table to the text, the numbers filled in. */
static void choose(struct bytes *bytes, const char *const *table, size_t count, char *text,
		   size_t size)
{
	const char *word = table[next(bytes) % count];
	size_t length = strlen(text);

	for (; *word && length + 16 < size; word++)
		if (*word == '%')
			length += (size_t)snprintf(text + length, size - length, "%lu",
						   number(bytes));
		else
			text[length++] = *word;
	text[length++] = ' ';
	text[length] = '\0';
}

/* Cuts "NAME=VALUE NAME=VALUE" up. Of two values of a name the later one counts, as in Slurm. */
static void cut(char *text, const char *(*name_of)(int), int count, const char **values)
{
	char *word;

	while ((word = strsep(&text, " "))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value++ = '\0';
		for (int i = 0; i < count; i++)
			if (!strcmp(name_of(i), word))
				values[i] = value;
	}
}

static const char *option_name(int i)
{
	return dsfit_options[i].name;
}

static const char *slurm_name(int i)
{
	return dsfit_slurm_option_names[i];
}

static int declare(struct bytes *bytes, const struct dsfit_site *site,
		   struct dsfit_workload *workload)
{
	struct dsfit_declaration declaration = { .prefix = "--ds-", .no_files = true };
	struct dsfit_error err;
	char text[512] = "";

	choose(bytes, models, DSFIT_ARRAY_SIZE(models), text, sizeof(text));
	for (unsigned n = next(bytes) % 6; n; n--)
		choose(bytes, trainings, DSFIT_ARRAY_SIZE(trainings), text, sizeof(text));
	strcpy(declared, text);
	cut(text, option_name, DSFIT_OPTION_END, declaration.value);
	return dsfit_declaration_resolve(&declaration, &site->models, &site->defaults, workload,
					 &err);
}

static struct dsfit_gate gate_of(struct bytes *bytes)
{
	unsigned byte = next(bytes);

	/* Most gates are open. */
	return (struct dsfit_gate){
		.can_read = byte % 16 != 1,
		.can_rewrite = byte % 16 != 2,
		.may_override = byte & 32,
		.exempt = byte % 16 == 3,
		.fixed = byte % 16 == 4 ? next(bytes) : 0,
		.budget = byte % 16 == 5 ? next(bytes) * 4u : 0,
		.own_form = DSFIT_FORM_NONE,
	};
}

/* --- what holds of every decision ------------------------------------------------------------ */

/* What is tight for an evaluation alone, which nobody has declared, is no misfit. */
static bool is_misfit(const struct dsfit_site *site, const struct dsfit_request *request,
		      const struct dsfit_assessment *a)
{
	struct dsfit_assessment known = *a;
	struct dsfit_policy policy;

	if (known.host == DSFIT_UNKNOWN)
		known.host = DSFIT_FITS;
	dsfit_policy_of(site, request->partition, &policy);
	return a->overall == DSFIT_EXCEEDS ||
	       (a->overall == DSFIT_TIGHT && policy.refuse_tight &&
		!(dsfit_evaluation_is_tight(&known) && dsfit_fits_as_declared(&known)));
}

static void left_alone(const struct dsfit_site *site, const struct dsfit_workload *workload,
		       const struct dsfit_request *request, const struct dsfit_gate *gate)
{
	struct dsfit_decision d;
	char text[512];

	dsfit_decide(site, workload, request, gate, &d);
	if (d.action == DSFIT_PASS && d.assessment.placed &&
	    !is_misfit(site, request, &d.assessment))
		return;
	fprintf(stderr, "%s| %s| %s: action %d, %s, obstacle %d\n", declared, asked,
		dsfit_request_text(request, text, sizeof(text)), d.action,
		dsfit_verdict_names[d.assessment.overall], d.obstacle);
	abort();
}

/* The correction, written as options, read, and decided on again. */
static void round_trip(const struct dsfit_site *site, const struct dsfit_workload *workload,
		       struct dsfit_slurm_options *typed, const struct dsfit_slurm *slurm,
		       const struct dsfit_gate *gate, const struct dsfit_decision *d)
{
	struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES];
	struct dsfit_error err = { "" };
	struct dsfit_request again;
	int count = dsfit_request_changes(typed, slurm, &d->asked, &d->corrected.request, changes);

	if (count <= 0)
		fprintf(stderr, "%s| %s\n", declared, asked), abort();
	for (int i = 0; i < count; i++)
		typed->text[changes[i].option] = changes[i].reset ? NULL : changes[i].value;
	if (dsfit_request_parse(typed, slurm, &again, &err))
		fprintf(stderr, "%s| %s| %s\n", declared, asked, err.text), abort();
	left_alone(site, workload, &again, gate);
}

static void say(const struct dsfit_site *site, const struct dsfit_workload *workload,
		const struct dsfit_decision *d)
{
	const struct dsfit_say words = { .site = site, .workload = workload, .decision = d,
					 .write_request = dsfit_request_text,
					 .prefix = "--ds-" };

	free(dsfit_say_decision(&words));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned releases[] = { 2205, 2411, 2605 };
	struct bytes bytes = { data, size };
	const struct dsfit_site *site = sites[next(&bytes) % DSFIT_ARRAY_SIZE(sites)];
	unsigned first = next(&bytes);
	struct dsfit_slurm slurm = { (enum dsfit_command)(first % 3), releases[first / 3 % 3],
				     first & 128 };
	struct dsfit_gate gate = gate_of(&bytes);
	struct dsfit_slurm_options typed = { { NULL } };
	struct dsfit_workload workload;
	struct dsfit_request request;
	struct dsfit_decision d;
	struct dsfit_error err;
	char text[512] = "";

	if (declare(&bytes, site, &workload))
		return 0;
	for (unsigned n = next(&bytes) % 6; n; n--)
		choose(&bytes, options, DSFIT_ARRAY_SIZE(options), text, sizeof(text));
	strcpy(asked, text);
	cut(text, slurm_name, SLURM_OPTIONS, typed.text);
	if (dsfit_request_parse(&typed, &slurm, &request, &err))
		return 0;
	dsfit_decide(site, &workload, &request, &gate, &d);
	if (next(&bytes) % 4 == 3)
		say(site, &workload, &d);
	for (size_t i = 0; i < d.alternative_count; i++)
		if (!d.alternatives[i].retrained && d.mode > DSFIT_MODE_ADVISE)
			left_alone(site, &workload, &d.alternatives[i].request, &gate);
	if (d.action == DSFIT_CORRECT)
		round_trip(site, &workload, &typed, &slurm, &gate, &d);
	return 0;
}
