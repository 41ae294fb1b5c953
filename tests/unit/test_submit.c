/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls spank_dsfit.so as sbatch, salloc and srun do, which tests/unit/sbatch.h plays. The tests
 * look at the options afterwards, at the messages, and at what goes to slurmctld with the job.
 */
#define SBATCH_HAS_ACCESSORS
#include "tests/unit/sbatch.h"

#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sys/ioctl.h>

#include "plugin/accessors.h"
#include "plugin/said.h"

#define MODEL SBATCH_PASSED "model"

/* --- the command line ---------------------------------------------------------------------- */

/* Where getopt() stopped, and what is the script then. */
static const struct {
	const char *words;
	int stopped, script;
} stops[] = {
	{ "sbatch job.sh", 1, 1 },
	{ "sbatch", 1, 0 },
	{ "sbatch -N1 --gpus=4 job.sh -x 1", 3, 3 },
	{ "sbatch -N 1 job.sh", 3, 3 },
	{ "sbatch -N 1", 3, 0 },
	{ "sbatch -- -job.sh", 2, 2 },
	{ "sbatch -N1 - more", 2, 2 },
	/* Somebody else's getopt() stopped here. */
	{ "sbatch -N1 job.sh", 1, -1 },
	{ "sbatch -N1 job.sh", 0, -1 },
	{ "sbatch -N1 job.sh a b c", 5, -1 },
	{ "sbatch -N1 job.sh", 4, -1 },
};

START_TEST(test_told)
{
	char text[64], *word[8], *rest = text;
	int count = 0, was = optind;

	strcpy(text, stops[_i].words);
	while ((word[count] = strsep(&rest, " ")))
		count++;
	optind = stops[_i].stopped;
	ck_assert_int_eq(dsfit_accessors_told(count, word), stops[_i].script);
	optind = was;
}
END_TEST

/* --- loading ------------------------------------------------------------------------------ */

START_TEST(test_options)
{
	size_t shown = 0;

	sbatch_begin(S_CTX_ALLOCATOR);
	ck_assert_uint_eq(sbatch.count, DSFIT_OPTION_SLURM_END);
	for (size_t i = 0; i < sbatch.count; i++) {
		const struct spank_option *option = &sbatch.registered[i];

		ck_assert_int_eq(option->has_arg, 1);
		ck_assert_ptr_nonnull(option->cb);
		unit_assert_begins(sbatch.name[i], "ds-");
		ck_assert_str_eq(sbatch.name[i] + 3, dsfit_options[option->val].name);
		shown |= (size_t)1 << option->val;
	}
	/* Each option once. */
	ck_assert_uint_eq(shown, ((size_t)1 << DSFIT_OPTION_SLURM_END) - 1);
	sbatch_end();
}
END_TEST

START_TEST(test_plugstack)
{
	static char conf[] = "conf=/nosuch/dsfit.conf", odd[] = "mode=reject";
	char *av[] = { odd, conf, NULL };

	ck_assert_int_eq(sbatch_load(S_CTX_ALLOCATOR, 2, av), 0);
	sbatch_assert_says("error: plugstack.conf: unknown argument mode=reject; there are "
			   "conf=FILE and words=WORD,...\n");
	sbatch_declare("model=13B");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("info: not sized: /nosuch/dsfit.conf");
	sbatch_end();
}
END_TEST

/* A plugstack.conf may name the plugin twice. Slurm then calls each function as often. */
START_TEST(test_twice)
{
	char *av[] = { sbatch_conf(), NULL };

	sbatch_begin(S_CTX_ALLOCATOR);
	ck_assert_int_eq(sbatch_load(S_CTX_ALLOCATOR, 1, av), 0);
	ck_assert_uint_eq(sbatch.count, DSFIT_OPTION_SLURM_END);
	sbatch_declare("model=11B zero=3");
	sbatch_request("nodes=2 gpus-per-node=a100:4");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("info: fits: 11B");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	/* The second call must not count as another component, which would declare nothing. */
	unit_assert_begins(sbatch_control(MODEL), "dsfit1,");
	sbatch_end();
}
END_TEST

START_TEST(test_no_room)
{
	char *av[] = { sbatch_conf(), NULL };

	sbatch.room = 3;
	ck_assert_int_eq(sbatch_load(S_CTX_ALLOCATOR, 1, av), -1);
	sbatch_end();
}
END_TEST

/* slurmstepd knows the options, and nothing is done with them. */
START_TEST(test_node)
{
	ck_assert_int_eq(sbatch_load(S_CTX_REMOTE, 0, NULL), 0);
	ck_assert_uint_eq(sbatch.count, DSFIT_OPTION_SLURM_END);
	for (size_t i = 0; i < sbatch.count; i++)
		ck_assert_ptr_null(sbatch.registered[i].cb);
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	ck_assert_uint_eq(sbatch.controls, 0);
	sbatch_end();
}
END_TEST

/* slurmd itself loads it, too. */
START_TEST(test_elsewhere)
{
	ck_assert_int_eq(sbatch_load(S_CTX_SLURMD, 0, NULL), 0);
	ck_assert_uint_eq(sbatch.count, 0);
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	sbatch_end();
}
END_TEST

/* Who declares nothing waits for nothing. */
START_TEST(test_nothing_declared)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_request("nodes=1 gpus-per-node=a100:4");
	ck_assert_int_eq(sbatch_submit(), 0);
	ck_assert(!sbatch_has_body);
	/* Only the first component inherits a declaration, which this one would: it is the second,
	 * although nothing was known of the first. */
	setenv("SLURM_SPANK__SLURM_SPANK_OPTION_dsfit_ds_model", "11B", 1);
	sbatch_declare("model=11B");
	ck_assert(sbatch_has_body);
	sbatch_request("nodes=2 gpus-per-node=a100:4");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	sbatch_end();
}
END_TEST

/* --- one job ------------------------------------------------------------------------------ */

/* The declaration and the request; the answer, the message, Slurm's options afterwards (all of
 * `now`), and what slurmctld is told that the user was told. */
static const struct {
	const char *declared, *request;
	int rc;
	const char *says, *now, *said;
} rows[] = {
	{ "model=11B zero=3", "nodes=2 gpus-per-node=a100:4", 0, "info: fits: 11B, ZeRO-3",
	  "nodes=2 gpus-per-node=a100:4", "fits" },
	/* The option that was typed is the one that is rewritten. */
	{ "model=11B zero=3", "gpus-per-node=a100_80g:2", 0, "info: corrected: ",
	  "gpus-per-node=a100_80g:4", "fits gpus" },
	{ "model=11B zero=3", "gpus=a100_80g:2", 0, "info: corrected: ", "gpus=a100_80g:4",
	  "fits gpus" },
	{ "model=11B zero=3", "gres=gpu:a100_80g:2,nic:1", 0, "info: corrected: ",
	  "gres=gpu:a100_80g:4,nic:1", "fits gpus" },
	{ "model=11B zero=3", "nodes=1 gpus-per-node=a100:4", 0, "info: corrected: ",
	  "nodes=2 gpus-per-node=a100:4", "fits nodes" },
	{ "model=11B zero=3 offload=cpu", "nodes=1 gpus-per-node=a100:4 mem=8G", 0,
	  "info: corrected: ", "nodes=1 gpus-per-node=a100:4", "fits memory" },
	/* No GPUs requested: the first row of the plan. */
	{ "model=7B", "", 0, "info: corrected: ", "", NULL },
	/* Requests that do not fit and may not be corrected. */
	{ "model=560B", "nodes=1 gpus-per-node=a100:4", -1, "error: refused: ",
	  "nodes=1 gpus-per-node=a100:4", "exceeds" },
	{ "model=11B zero=3", "nodes=1 gpus-per-node=a100:4 partition=strict", -1,
	  "error: refused: ", "nodes=1 gpus-per-node=a100:4", "exceeds" },
	{ "model=11B zero=3 fit=reject", "nodes=1 gpus-per-node=a100:4", -1, "error: refused: ",
	  "nodes=1 gpus-per-node=a100:4", "exceeds" },
	/* A card that the site does not know. */
	{ "model=11B zero=3", "gpus-per-node=z9000:4", 0, "info: ", "gpus-per-node=z9000:4",
	  "unknown" },
	/* Requests that are not sized. */
	{ "model=11B", "gres=shard:2", 0, "info: not sized: --gres=shard:2 ", "gres=shard:2",
	  "unsized" },
	{ "model=11B", "gpus=a100:1,h100:1", 0, "info: not sized: --gpus=a100:1,h100:1 ",
	  "gpus=a100:1,h100:1", "unsized" },
	{ "model=11B", "gpus=4 clusters=other", 0,
	  "info: not sized: with --clusters, another cluster", "gpus=4", "" },
	/* Wrong declarations. */
	{ "model=13X", "gpus=4", -1, "error: --ds-model=13X: ", "gpus=4", NULL },
	{ "zero=3", "gpus=4", -1, "error: ", "gpus=4", NULL },
	/* That may be right on another cluster. */
	{ "model=13X", "gpus=4 clusters=other", 0, "info: not sized: --ds-model=13X: ", "gpus=4",
	  "unsized" },
	/* No GPU in so many words: slurmctld will not see --gres=none. */
	{ "model=11B", "gres=none", 0, "info: not sized: --gres requests no GPUs", "gres=none",
	  "no-gpus" },
	{ "model=11B", "gpus=0", 0, "info: not sized: --gpus requests no GPUs", "gpus=0",
	  "no-gpus" },
	{ "model=11B", "gres=none nodes=1,2", 0, "info: not sized: ", "gres=none", "no-gpus" },
	{ "model=11B", "gres=none clusters=other", 0, "info: not sized: with --clusters",
	  "gres=none", "no-gpus" },
	{ "model=11B zero=3", "gres=none gpus-per-node=a100:4 nodes=2", 0, "info: fits: 11B",
	  "gres=none", "fits" },
	{ "model=7B", "gres=none exclusive=exclusive", 0, "info: corrected: ",
	  "exclusive=exclusive gpus-per-node=8", NULL },
	/* The account is read for the policy. */
	{ "model=11B zero=3", "nodes=2 gpus-per-node=a100:4 account=physics", 0, "info: fits",
	  "account=physics", "fits" },
};

static void check_now(const char *name, const char *value)
{
	ck_assert_msg(!strcmp(sbatch_now(name), value), "--%s=%s", name, sbatch_now(name));
}

/* slurmctld is told what the user was told, and, if it is a verdict, a digest of the figures. */
static void assert_said(const char *told)
{
	struct dsfit_said said;
	char text[DSFIT_SAID_MAX];

	dsfit_said_read(sbatch_control("DSFIT_SAID"), &said);
	ck_assert_int_eq(said.figures != 0, said.what <= (enum dsfit_said_what)DSFIT_EXCEEDS);
	said.figures = 0;
	dsfit_said_write(&said, text);
	ck_assert_str_eq(text, told);
}

START_TEST(test_rows)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare(rows[_i].declared);
	sbatch_request(rows[_i].request);
	ck_assert_msg(sbatch_submit() == rows[_i].rc, "%s", sbatch.said);
	unit_assert_begins(sbatch.said, rows[_i].says);
	sbatch_words(rows[_i].now, check_now);
	if (rows[_i].said)
		assert_said(rows[_i].said);
	sbatch_end();
}
END_TEST

/* The digest that goes to slurmctld with this request. */
static uint64_t figures_of(const char *request)
{
	struct dsfit_said said;

	sbatch_declare("model=11B zero=3");
	sbatch_request(request);
	ck_assert_int_eq(sbatch_submit(), 0);
	dsfit_said_read(sbatch_control("DSFIT_SAID"), &said);
	return said.figures;
}

/* It is of the corrected request. */
START_TEST(test_figures)
{
	uint64_t figures;

	sbatch_begin(S_CTX_ALLOCATOR);
	figures = figures_of("nodes=2 gpus-per-node=a100:4");
	ck_assert_uint_eq(figures_of("nodes=1 gpus-per-node=a100:4"), figures);
	ck_assert_uint_eq(figures_of("nodes=2 gres=gpu:a100:4"), figures);
	ck_assert_uint_ne(figures_of("nodes=3 gpus-per-node=a100:4"), figures);
	ck_assert_uint_ne(figures_of("nodes=2 gpus-per-node=a100:4 mem=200G"), figures);
	sbatch_end();
}
END_TEST

/* Slurm has counted the nodes of a list before it asks the plugin. */
START_TEST(test_listed)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=13B zero=3");
	sbatch_request("nodelist=a100x-[0-1] gpus=a100_80g:4");
	strcpy(sbatch_option("nodes")->value, "2-0");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("\ninfo:   4 A100 80GB on 2 nodes");
	/* A value that nobody typed counts for nothing else. */
	sbatch_declare("model=13B zero=3");
	sbatch_request("gpus=a100_80g:4");
	strcpy(sbatch_option("nodes")->value, "2-0");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("\ninfo:   1 node x 4 A100 80GB");
	sbatch_end();
}
END_TEST

/* ---- a job that declares nothing ------------------------------------------------------------ */

/* What --wrap starts, whether the body is needed to tell that it trains nothing, and what slurmctld
 * is told. */
static const struct {
	const char *wrap;
	bool needs_body;
	const char *said;
} wraps[] = {
	{ "hostname", false, NULL },
	{ "python train.py", false, "read" },
	{ "torchrun --nproc_per_node 2 generate.py --model x/llama-7b", false, "read" },
	{ "deepspeed run.py --model_name_or_path x/llama-7b --do_train false", false, "read" },
	{ "deepspeed run.py --deepspeed nowhere.json --learning_rate 1", false, "read" },
	/* A file of settings is for the body to read. */
	{ "deepspeed run.py --learning_rate 1 --deepspeed " TEST_DATA
	  "/scripts/030.files/config_multinode.json", true, "read" },
	{ "echo zero_stage: 3 >ds.yaml; deepspeed run.py --deepspeed ds.yaml", true, "read" },
	{ "torchrun x.py --model_name_or_path $1 --per_device_train_batch_size 1", true, "read" },
	{ "cook-lm --model x/llama-7b --lr 1", false, NULL },
	{ "bake --model x/llama-7b --lr 1", false, "read" },
	{ "deepspeed run.py --model_name_or_path facebook/opt-125m --zero_stage 3 "
	  "--per_device_train_batch_size 1", true, "fits" },
};

START_TEST(test_wraps)
{
	static char conf[] = "conf=" TEST_CONF "/dsfit.conf", words[] = "words=roast,bake";
	char *av[] = { conf, words, NULL };

	ck_assert_int_eq(sbatch_load(S_CTX_ALLOCATOR, 2, av), 0);
	sbatch_request("nodes=1 gpus-per-node=a100:4 mem=200G");
	sbatch_request_one("wrap", wraps[_i].wrap);
	ck_assert_int_eq(sbatch_submit(), 0);
	ck_assert_msg(sbatch_has_body == wraps[_i].needs_body, "%s", wraps[_i].wrap);
	if (!wraps[_i].said)
		ck_assert_ptr_null(sbatch_control("DSFIT_SAID"));
	else
		assert_said(wraps[_i].said);
	if (strstr(wraps[_i].wrap, "$1"))
		ck_assert_str_eq(sbatch.said, "info: --wrap: batch 1 (line 1); the model is $1 "
				 "(line 1), which nothing sets here: declare it with --ds-model "
				 "to have the job sized\n");
	else if (!wraps[_i].said || !strcmp(wraps[_i].said, "read"))
		ck_assert_str_eq(sbatch.said, "");
	else
		unit_assert_begins(sbatch.said, "info: --wrap: facebook/opt-125m (line 1)");
	sbatch_end();
}
END_TEST

/* What was seen without the file of settings that it names is not all there is. */
START_TEST(test_wrap_with_settings)
{
	char wrap[600];

	snprintf(wrap, sizeof(wrap), "llamafactory-cli train %s",
		 unit_write("sft.yaml", "model_name_or_path: facebook/opt-125m\nstage: sft\n"
			    "do_train: true\nper_device_train_batch_size: 3\n"));
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_request("nodes=1 gpus-per-node=a100:4 mem=200G");
	sbatch_request_one("wrap", wrap);
	ck_assert_int_eq(sbatch_submit(), 0);
	ck_assert(sbatch_has_body);
	unit_assert_has(sbatch.said, "batch 3 x ");
	sbatch_end();
}
END_TEST

/* The policy of another cluster is not known here. */
START_TEST(test_wrap_for_another_cluster)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_request("clusters=other");
	sbatch_request_one("wrap", wraps[DSFIT_ARRAY_SIZE(wraps) - 1].wrap);
	ck_assert_int_eq(sbatch_submit(), 0);
	ck_assert(!sbatch_has_body);
	ck_assert_ptr_null(sbatch_control("DSFIT_SAID"));
	sbatch_end();
}
END_TEST

/* Begin at a site with the demo's configuration, edited by this line of sed. */
static void begin_edited(const char *edit)
{
	static char conf[600];
	char command[2000];
	char *av[] = { conf, NULL };

	snprintf(command, sizeof(command), "cp '%s'/*.conf '%s' && sed -i '%s' '%s/dsfit.conf'",
		 unit_conf_folder, unit_folder, edit, unit_folder);
	ck_assert_int_eq(system(command), 0);
	snprintf(conf, sizeof(conf), "conf=%s", unit_path("dsfit.conf"));
	ck_assert_int_eq(sbatch_load(S_CTX_ALLOCATOR, 1, av), 0);
}

/* A site that only advises: a job that does not fit goes as it was typed. */
START_TEST(test_advises)
{
	begin_edited("s/^mode = .*/mode = advise/");
	sbatch_declare("model=11B zero=3");
	sbatch_request("nodes=1 gpus-per-node=a100:4");
	ck_assert_int_eq(sbatch_submit(), 0);
	unit_assert_begins(sbatch.said, "info: does not fit: 11B, ZeRO-3");
	ck_assert_str_eq(sbatch_now("nodes"), "1");
	ck_assert_str_eq(sbatch_now("gpus-per-node"), "a100:4");
	assert_said("exceeds");
	sbatch_end();
}
END_TEST

/* A declaration that cannot be used, by what the policy makes of it: whether the job goes, and what
 * slurmctld is told. Where it goes, one line says why it is not sized. */
static const struct {
	const char *edit, *declared, *request;
	int rc;
	const char *says, *model;	/* model: what is passed on begins so */
} unusable[] = {
	{ "s/^mode = .*/mode = off/", "model=nosuch", "gpus=4", 0, "--ds-model=nosuch: ", "none" },
	{ "s/^mode = .*/mode = advise/", "model=nosuch", "gpus=4", 0, "--ds-model=nosuch: ",
	  "none" },
	{ "s/^mode = .*/mode = advise/", "model=./nosuch.json", "gpus=4", 0,
	  "--ds-model=./nosuch.json: No such file", "none" },
	{ "s/^mode = .*/mode = advise/", "model=13B config=nosuch.json", "gpus=4", 0,
	  "--ds-config=nosuch.json: No such file", "none" },
	{ "s/^mode = .*/mode = advise/", "model=13B zero=7", "gpus=4", 0, "--ds-zero=7: ", "none" },
	{ "s/^mode = .*/mode = reject/", "model=13B zero=7", "gpus=4", -1, "--ds-zero=7: ", NULL },
	/* The partition's mode, the strictest of several. */
	{ "s/^mode = .*/mode = advise/", "model=nosuch", "gpus=4 partition=strict", -1,
	  "--ds-model=nosuch: ", NULL },
	{ "s/^mode = .*/mode = advise/", "model=nosuch", "gpus=4 partition=gpu,strict", -1,
	  "--ds-model=nosuch: ", NULL },
	/* --ds-fit, as far as the user may choose, even where it is not what is wrong. */
	{ "s/^mode = .*/mode = advise/", "model=nosuch fit=reject", "gpus=4", -1,
	  "--ds-model=nosuch: ", NULL },
	{ "s/^may-override = .*/may-override = {\"*\"}/", "zero=7 model=13B fit=advise", "gpus=4",
	  0, "--ds-zero=7: ", "none" },
	{ "s/^exempt = .*/exempt = {\"*\"}/", "model=nosuch", "gpus=4 partition=strict", 0,
	  "--ds-model=nosuch: ", "none" },
	{ "s/^x//", "model=nosuch fit=advise", "gpus=4", -1, "--ds-model=nosuch: ", NULL },
	/* What dsfit does not understand refuses no job. */
	{ "s/^x//", "model=./vit.json", "gpus=4", 0,
	  "--ds-model=./vit.json: dsfit cannot size a model of type odd: ",
	  "dsfit1,name=vit.json,family=odd," },
	{ "s/^x//", "model=./vit.json fit=reject", "gpus=4 partition=strict", 0,
	  "--ds-model=./vit.json: dsfit cannot size a model of type odd: ",
	  "dsfit1,name=vit.json,family=odd," },
	{ "s/^x//", "model=./vit.json zero=7", "gpus=4", -1, "--ds-zero=7: ", NULL },
};

START_TEST(test_unusable)
{
	const char *lead = unusable[_i].rc ? "error: " : "info: not sized: ";
	char begin[256];

	begin_edited(unusable[_i].edit);
	ck_assert_int_eq(chdir(unit_folder), 0);
	unit_write("vit.json", "{\"model_type\": \"odd\"}");
	sbatch_declare(unusable[_i].declared);
	sbatch_request(unusable[_i].request);
	ck_assert_msg(sbatch_submit() == unusable[_i].rc, "%s", sbatch.said);
	snprintf(begin, sizeof(begin), "%s%s", lead, unusable[_i].says);
	unit_assert_begins(sbatch.said, begin);
	ck_assert_uint_eq(strcspn(sbatch.said, "\n") + 1, strlen(sbatch.said));
	if (unusable[_i].model) {
		unit_assert_begins(sbatch_control(MODEL), unusable[_i].model);
		sbatch_assert_passed("DSFIT_SAID", "unsized");
		ck_assert_ptr_null(sbatch_control(SBATCH_PASSED "zero"));
		ck_assert_ptr_null(sbatch_control(SBATCH_PASSED "config"));
	}
	sbatch_end();
}
END_TEST

/* The site's own line stands under every refusal, and under nothing else. */
START_TEST(test_help)
{
	static const char help[] = "error:   help: https://help.example/dsfit\n";
	static const struct {
		const char *declared, *request;
		int rc;
	} jobs[] = {
		{ "model=560B", "nodes=1 gpus-per-node=a100:4", -1 },
		{ "model=nosuch", "gpus=4", -1 },
		{ "model=11B zero=3", "nodes=1 gpus-per-node=a100:4", 0 },
		{ "model=11B zero=3", "nodes=2 gpus-per-node=a100:4", 0 },
	};

	begin_edited("s|^mode = .*|&\\nhelp-url = \"https://help.example/dsfit\"|");
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(jobs); i++) {
		size_t length;

		sbatch_declare(jobs[i].declared);
		sbatch_request(jobs[i].request);
		ck_assert_msg(sbatch_submit() == jobs[i].rc, "%s", sbatch.said);
		length = strlen(sbatch.said);
		if (jobs[i].rc)
			ck_assert_str_eq(sbatch.said + length - strlen(help), help);
		else
			ck_assert_ptr_null(strstr(sbatch.said, "help.example"));
	}
	/* A correction that Slurm does not take. */
	sbatch_declare("model=30B zero=3 offload=cpu");
	sbatch_request("nodes=1 gpus-per-node=a100:4 mem=8G");
	sbatch.refuses = "mem";
	ck_assert_int_eq(sbatch_submit(), -1);
	sbatch_assert_says(help);
	sbatch_end();
}
END_TEST

/* Without a declaration the plugin does nothing and prints nothing. */
START_TEST(test_nothing)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_request("gpus=4");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	ck_assert_uint_eq(sbatch.controls, 0);
	sbatch_end();
}
END_TEST

START_TEST(test_none)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=none zero=3");
	sbatch_request("gpus=4");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	sbatch_assert_passed(MODEL, "none");
	sbatch_end();
}
END_TEST

/* If Slurm refuses the correction, the job is not submitted, and its options are as they were. */
START_TEST(test_not_taken)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=30B zero=3 offload=cpu");
	sbatch_request("nodes=1 gpus-per-node=a100:4 mem=8G");
	sbatch.refuses = "mem";
	ck_assert_int_eq(sbatch_submit(), -1);
	sbatch_assert_says("error: not submitted: Slurm rejects the corrected --mem=");
	ck_assert_str_eq(sbatch_now("nodes"), "1");
	ck_assert_str_eq(sbatch_now("gpus-per-node"), "a100:4");
	ck_assert_str_eq(sbatch_now("mem"), "8G");
	sbatch_end();
}
END_TEST

/* The same with an option that was not typed: it is reset. */
START_TEST(test_not_taken_unset)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=7B");
	sbatch_request("");
	sbatch.refuses = "gpus-per-node";
	ck_assert_int_eq(sbatch_submit(), -1);
	sbatch_assert_says("error: not submitted: Slurm rejects the corrected --gpus-per-node=");
	for (size_t i = 0; i < SLURM_OPTIONS; i++)
		ck_assert_msg(!sbatch.option[i].set, "--%s", sbatch_option_name(i));
	sbatch_end();
}
END_TEST

/* Jobs pass, whatever is wrong with the configuration. The options are passed on as typed, except
 * paths. */
static const struct {
	const char *conf, *declared, *model, *zero;
} unsized[] = {
	{ "mode = nosuch\n", "model=13B zero=3 config=ds.json", "13B", "3" },
	{ "mode = nosuch\n", "model=./config.json zero=3", "none", "3" },
	/* The configuration has no nodes. */
	{ "", "model=13B", "13B", NULL },
};

START_TEST(test_no_configuration)
{
	static char conf[600];
	char *av[] = { conf, NULL };

	snprintf(conf, sizeof(conf), "conf=%s", unit_write("dsfit.conf", unsized[_i].conf));
	ck_assert_int_eq(sbatch_load(S_CTX_ALLOCATOR, 1, av), 0);
	sbatch_declare(unsized[_i].declared);
	sbatch_request("gpus=4");
	ck_assert_int_eq(sbatch_submit(), 0);
	unit_assert_begins(sbatch.said, "info: not sized: ");
	sbatch_assert_says("/dsfit.conf:");
	sbatch_assert_passed(MODEL, unsized[_i].model);
	if (unsized[_i].zero)
		sbatch_assert_passed(SBATCH_PASSED "zero", unsized[_i].zero);
	ck_assert_ptr_null(sbatch_control(SBATCH_PASSED "config"));
	sbatch_end();
}
END_TEST

/* A declaration that was read is passed on as one line in place of the model, without options. */
START_TEST(test_passed_on)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	/* Slurm itself has put them there. */
	spank_job_control_setenv((spank_t)&sbatch, SBATCH_PASSED "zero", "3", 1);
	sbatch_declare("model=11B zero=3");
	sbatch_request("nodes=2 gpus-per-node=a100:4");
	ck_assert_int_eq(sbatch_submit(), 0);
	unit_assert_begins(sbatch_control(MODEL), "dsfit1,");
	unit_assert_has(sbatch_control(MODEL), "zero=3");
	ck_assert_ptr_null(sbatch_control(SBATCH_PASSED "zero"));
	sbatch_end();
}
END_TEST

/* The last value counts, however many come. */
START_TEST(test_many_values)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	for (int i = 0; i < 20; i++)
		sbatch_declare("model=560B zero=0");
	sbatch_declare("model=11B zero=3");
	sbatch_request("nodes=2 gpus-per-node=a100:4");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("info: fits: 11B, ZeRO-3");
	/* A value in slurmstepd does not count, nor does an option without a value. */
	ck_assert_int_eq(sbatch.registered[0].cb(sbatch.registered[0].val, "560B", 1), 0);
	ck_assert_int_eq(sbatch.registered[0].cb(sbatch.registered[0].val, NULL, 0), 0);
	ck_assert_int_eq(sbatch.registered[0].cb(-1, "560B", 0), 0);
	sbatch_declare("model=7B");
	sbatch_end();
}
END_TEST

/* Lines are wrapped to the width of a terminal, less Slurm's prefix. Lines that go to a file or a
 * pipe are not wrapped. */
static size_t longest_on(unsigned short columns)
{
	const struct winsize size = { .ws_row = 24, .ws_col = columns };
	int kept = dup(STDERR_FILENO), master = -1, slave = -1;
	size_t longest = 0;

	if (columns != USHRT_MAX) {
		master = posix_openpt(O_RDWR | O_NOCTTY);
		ck_assert_int_eq(grantpt(master) || unlockpt(master), 0);
		slave = open(ptsname(master), O_RDWR | O_NOCTTY);
		ck_assert_int_eq(ioctl(slave, TIOCSWINSZ, &size), 0);
	} else {
		slave = open("/dev/null", O_WRONLY);
	}
	ck_assert_int_ge(dup2(slave, STDERR_FILENO), 0);
	sbatch_declare("model=13X");
	ck_assert_int_eq(sbatch_submit(), -1);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(slave);
	close(master);
	for (const char *line = sbatch.said; *line; line += strcspn(line, "\n") + 1) {
		size_t length = strcspn(line, "\n") - strlen("error: ");

		longest = length > longest ? length : longest;
	}
	return longest;
}

START_TEST(test_terminal)
{
	const size_t prefix = strlen("sbatch: error: dsfit: ");
	size_t whole;

	sbatch_begin(S_CTX_ALLOCATOR);
	whole = longest_on(USHRT_MAX);
	ck_assert_uint_gt(whole, 80);
	ck_assert_uint_le(longest_on(100), 100 - prefix);
	ck_assert_uint_le(longest_on(60), 60 - prefix);
	ck_assert_uint_gt(longest_on(60), 20);
	/* A terminal that does not tell its width counts as 80 columns. On one that is too narrow,
	 * lines are not wrapped. */
	ck_assert_uint_le(longest_on(0), 80 - prefix);
	ck_assert_uint_eq(longest_on(30), whole);
	sbatch_end();
}
END_TEST

/* --- srun --------------------------------------------------------------------------------- */

START_TEST(test_srun)
{
	sbatch_begin(S_CTX_LOCAL);
	sbatch_declare("model=11B zero=3");
	sbatch_request("nodes=2 gpus-per-node=a100:4");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("info: fits: 11B");
	sbatch_end();
}
END_TEST

/* In a job, or with --jobid, srun starts a step, whose job has already been sized. */
START_TEST(test_step)
{
	sbatch_begin(S_CTX_LOCAL);
	sbatch_declare("model=560B");
	sbatch_request("gpus=a100:1 jobid=17");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	ck_assert_uint_eq(sbatch.controls, 0);
	setenv("SLURM_JOB_ID", "17", 1);
	sbatch_declare("model=560B");
	sbatch_request("gpus=a100:1");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	/* sbatch within a job submits another job. */
	sbatch.context = S_CTX_ALLOCATOR;
	sbatch_declare("model=560B");
	ck_assert_int_eq(sbatch_submit(), -1);
	sbatch_end();
}
END_TEST

/* srun has fixed its tasks before it asks the plugin. Only slurmctld can give it more nodes, if it
 * has the plugin too. */
static const struct {
	const char *plugins;
	int rc;
} plugins[] = {
	{ "dsfit", 0 },
	{ "job_submit/dsfit", 0 },
	{ "lua,dsfit", 0 },
	{ "lua,job_submit/dsfit,throttle", 0 },
	{ "lua", -1 },
	{ "dsfit2,job_submit/dsfits", -1 },
	{ "", -1 },
	{ NULL, -1 },
};

START_TEST(test_controller_decides)
{
	char text[64];

	snprintf(text, sizeof(text), "%s", plugins[_i].plugins ? plugins[_i].plugins : "");
	sbatch.plugins = plugins[_i].plugins ? text : NULL;
	sbatch_begin(S_CTX_LOCAL);
	sbatch_declare("model=11B zero=3");
	sbatch_request("nodes=1 gpus-per-node=a100:4");
	ck_assert_msg(sbatch_submit() == plugins[_i].rc, "%s", sbatch.said);
	ck_assert_uint_eq(sbatch.asked, 1);
	if (plugins[_i].rc) {
		unit_assert_begins(sbatch.said, "error: refused: ");
	} else {
		sbatch_assert_silent();
		sbatch_assert_passed("DSFIT_SAID", "");
	}
	sbatch_end();
}
END_TEST

/* slurmctld is asked only if its answer matters. */
START_TEST(test_controller_not_asked)
{
	sbatch_begin(S_CTX_LOCAL);
	sbatch_declare("model=11B zero=3");
	sbatch_request("nodes=2 gpus-per-node=a100:4");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_declare("model=560B zero=3");
	sbatch_request("nodes=1 gpus-per-node=a100:4 partition=strict");
	ck_assert_int_eq(sbatch_submit(), -1);
	ck_assert_uint_eq(sbatch.asked, 0);
	sbatch_end();
}
END_TEST

/* --- a job within a job ------------------------------------------------------------------- */

/* Inherit an option from the outer job. Slurm has it in the environment and calls back with it. */
static void inherit(const char *name, const char *value)
{
	char variable[96];

	snprintf(variable, sizeof(variable), SBATCH_INHERITED "%s", name);
	setenv(variable, value, 1);
}

START_TEST(test_inherited)
{
	inherit("model", "11B");
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare_one("model", "11B");
	/* An inherited declaration adds no GPUs to a job that requests none, */
	sbatch_request("nodes=1");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	ck_assert_str_eq(sbatch_now("gpus-per-node"), "");
	sbatch_assert_passed("DSFIT_SAID", "inherited");
	sbatch_end();
}
END_TEST

/* One that is not understood says nothing to a job without GPUs, and why to one with them. */
static void inherit_not_understood(const char *request)
{
	static const char line[] = "dsfit1,name=x,family=odd,not-understood=yes";

	inherit("model", line);
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare_one("model", line);
	sbatch_request(request);
	ck_assert_int_eq(sbatch_submit(), 0);
	unit_assert_begins(sbatch_control(MODEL), "dsfit1,name=x,family=odd,");
}

START_TEST(test_inherited_not_understood)
{
	inherit_not_understood("nodes=1");
	sbatch_assert_silent();
	sbatch_assert_passed("DSFIT_SAID", "inherited");
	sbatch_end();
}
END_TEST

/* --gres=none says in so many words that there are none. */
START_TEST(test_inherited_gres_none)
{
	static const char *const requests[] = { "gres=none", "gres=none nodes=2", "gpus=0" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(requests); i++) {
		inherit_not_understood(requests[i]);
		sbatch_assert_silent();
		sbatch_assert_passed("DSFIT_SAID", "inherited");
		sbatch_end();
		/* So it does to a declaration that is understood. */
		inherit("model", "11B");
		sbatch_begin(S_CTX_ALLOCATOR);
		sbatch_declare_one("model", "11B");
		sbatch_request(requests[i]);
		ck_assert_int_eq(sbatch_submit(), 0);
		sbatch_assert_silent();
		sbatch_assert_passed("DSFIT_SAID", "inherited");
		sbatch_end();
	}
}
END_TEST

START_TEST(test_inherited_with_gpus)
{
	inherit_not_understood("gpus=4");
	sbatch_assert_says("info: not sized: --ds-model=x: dsfit cannot size a model of type odd");
	sbatch_assert_passed("DSFIT_SAID", "unsized");
	sbatch_end();
}
END_TEST

START_TEST(test_inherited_sizes)
{
	inherit("model", "11B");
	inherit("zero", "3");
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare_one("model", "11B");
	sbatch_declare_one("zero", "3");
	/* but sizes the GPUs that a job requests. */
	sbatch_request("nodes=1 gpus-per-node=a100_80g:2");
	setenv("SLURM_JOB_ID", "123", 1);
	ck_assert_int_eq(sbatch_submit(), 0);
	unsetenv("SLURM_JOB_ID");
	sbatch_assert_says("info: corrected: ");
	sbatch_assert_says("11B, ZeRO-3");
	sbatch_assert_says("info:   inherited from job 123: add --ds-model=MODEL if this job "
			   "trains another model, or --ds-model=none");
	sbatch_end();
}
END_TEST

/* Slurm repeats the inherited value after the script's lines and before the command line. */
START_TEST(test_own_beats_inherited)
{
	inherit("model", "560B");
	inherit("zero", "3");
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=350M model=560B zero=3");
	sbatch_request("nodes=1 gpus-per-node=a100:1");
	ck_assert_int_eq(sbatch_submit(), 0);
	/* If the job has its own model, nothing that it inherited counts. */
	sbatch_assert_says("info: fits: 350M");
	ck_assert_ptr_null(strstr(sbatch.said, "ZeRO-3"));
	ck_assert_ptr_null(strstr(sbatch.said, "inherited"));
	ck_assert_ptr_null(getenv(SBATCH_INHERITED "zero"));
	sbatch_end();
}
END_TEST

/* Several --ds-set add up, except one that Slurm repeats, and a later key wins. */
START_TEST(test_settings_add_up)
{
	const char *line;

	inherit("set", "workers:7");
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_request("nodes=4 gpus-per-node=a100:4");
	sbatch_declare("model=11B set=images:2,loss:plain set=workers:7 set=loss:fused");
	ck_assert_int_eq(sbatch_submit(), 0);
	line = sbatch_control(MODEL);
	ck_assert_ptr_nonnull(line);
	unit_assert_has(line, ",images-per-sample=2");
	unit_assert_has(line, ",loss=fused");
	ck_assert_ptr_null(strstr(line, ",workers=7"));
	sbatch_end();
}
END_TEST

START_TEST(test_command_line_beats_inherited)
{
	inherit("model", "560B");
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=13B model=560B model=350M");
	sbatch_request("nodes=1 gpus-per-node=a100:1");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("info: fits: 350M");
	sbatch_end();
}
END_TEST

START_TEST(test_switched_off)
{
	inherit("model", "560B");
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=none model=560B");
	sbatch_request("gpus=a100:1");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	sbatch_assert_passed(MODEL, "none");
	sbatch_end();
}
END_TEST

/* --- het jobs ----------------------------------------------------------------------------- */

/* Each component is sized by its own declaration. slurmctld is told which ones have none. */
START_TEST(test_components)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=11B zero=3");
	sbatch_request("nodes=2 gpus-per-node=a100:4");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("info: fits: 11B");
	sbatch_request("nodes=1");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_silent();
	sbatch_assert_passed(MODEL, "none");
	sbatch_assert_passed("DSFIT_SAID", "");
	/* Slurm still repeats the first component's value before the component's own. */
	inherit("model", sbatch_control(MODEL));
	sbatch_declare("model=350M");
	sbatch_request("nodes=1 gpus-per-node=a100:1");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_assert_says("info: fits: 350M");
	sbatch_end();
}
END_TEST

/* Slurm carries --mem over into the next component, so the plugin sets a corrected one back. */
START_TEST(test_memory_of_components)
{
	char corrected[64];

	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=11B zero=3 offload=cpu");
	sbatch_request("nodes=1 gpus-per-node=a100:4 mem=8G");
	ck_assert_int_eq(sbatch_submit(), 0);
	snprintf(corrected, sizeof(corrected), "%s", sbatch_now("mem"));
	ck_assert_str_ne(corrected, "8G");

	sbatch_request("nodes=1");
	sbatch_request_one("mem", corrected);
	ck_assert_int_eq(sbatch_submit(), 0);
	ck_assert_str_eq(sbatch_now("mem"), "8G");
	/* It is set back only once. */
	sbatch_request_one("mem", corrected);
	ck_assert_int_eq(sbatch_submit(), 0);
	ck_assert_str_eq(sbatch_now("mem"), corrected);
	sbatch_end();
}
END_TEST

/* Slurm writes a size in a unit of its own: 1024G as 1T. */
START_TEST(test_unit_of_memory)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=11B zero=3 offload=cpu");
	sbatch_request("nodes=1 gpus-per-node=a100:4 mem=8G");
	sbatch.mem = "1T";
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch.mem = NULL;
	sbatch_request("nodes=1 mem=1T");
	ck_assert_int_eq(sbatch_submit(), 0);
	ck_assert_str_eq(sbatch_now("mem"), "8G");
	sbatch_end();
}
END_TEST

/* A --mem that the next component has itself is kept. */
START_TEST(test_own_memory_of_components)
{
	sbatch_begin(S_CTX_ALLOCATOR);
	sbatch_declare("model=11B zero=3 offload=cpu");
	sbatch_request("nodes=1 gpus-per-node=a100:4 mem=8G");
	ck_assert_int_eq(sbatch_submit(), 0);
	sbatch_request("nodes=1 mem=12G");
	ck_assert_int_eq(sbatch_submit(), 0);
	ck_assert_str_eq(sbatch_now("mem"), "12G");
	sbatch_end();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("submit");
	const TTest *const loading[] = { test_options, test_plugstack, test_twice, test_no_room,
					 test_node, test_elsewhere, test_nothing_declared, NULL };
	const TTest *const srun[] = { test_srun, test_step, test_controller_not_asked, NULL };
	const TTest *const inherited[] = { test_inherited, test_inherited_sizes,
					   test_inherited_not_understood,
					   test_inherited_with_gpus, test_inherited_gres_none,
					   test_own_beats_inherited, test_settings_add_up,
					   test_command_line_beats_inherited, test_switched_off,
					   NULL };
	const TTest *const het[] = { test_components, test_memory_of_components,
				     test_unit_of_memory, test_own_memory_of_components,
				     NULL };
	const TTest *const jobs[] = { test_nothing, test_none, test_not_taken,
				      test_not_taken_unset, test_passed_on, test_many_values,
				      test_terminal, NULL };
	TCase *tcase;

	unit_add(suite, "loading", loading);
	unit_add(suite, "jobs", jobs);
	unit_add(suite, "srun", srun);
	unit_add(suite, "inherited", inherited);
	unit_add(suite, "components", het);
	tcase = unit_case(suite, "rows");
	tcase_add_loop_test(tcase, test_rows, 0, DSFIT_ARRAY_SIZE(rows));
	tcase_add_test(tcase, test_figures);
	tcase_add_test(tcase, test_listed);
	tcase_add_loop_test(tcase, test_controller_decides, 0, DSFIT_ARRAY_SIZE(plugins));
	tcase = unit_folder_case(suite, "configuration");
	tcase_add_loop_test(tcase, test_told, 0, DSFIT_ARRAY_SIZE(stops));
	tcase_add_loop_test(tcase, test_wraps, 0, DSFIT_ARRAY_SIZE(wraps));
	tcase_add_test(tcase, test_wrap_with_settings);
	tcase_add_test(tcase, test_wrap_for_another_cluster);
	tcase_add_test(tcase, test_advises);
	tcase_add_test(tcase, test_help);
	tcase_add_loop_test(tcase, test_unusable, 0, DSFIT_ARRAY_SIZE(unusable));
	tcase_add_loop_test(tcase, test_no_configuration, 0, DSFIT_ARRAY_SIZE(unsized));
	unit_conf_make();
	return unit_run_apart(suite);
}
