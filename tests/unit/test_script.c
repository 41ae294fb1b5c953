/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Job scripts: how the shell is followed, and what is understood of what it starts. */
#include "core/script/documents.h"
#include "core/script/glance.h"
#include "core/script/launchers_conf.h"
#include "core/script/launchers_quick.h"
#include "core/script/launchers_words.h"
#include "core/script/read.h"

#include "tests/unit/unit.h"

static struct dsfit_launchers *launchers;

static void load(void)
{
	struct dsfit_error err = { "" };

	launchers = dsfit_launchers_load(TEST_CONF "/launchers.conf", NULL, &err);
	ck_assert_msg(launchers != NULL, "%s", err.text);
}

static void unload(void)
{
	dsfit_launchers_free(launchers);
}

/* Files by their names from /home/me: "NAME", "TEXT", ..., NULL. */
static char *read_file(void *context, const char *path, size_t *length)
{
	for (const char *const *file = context; file && *file; file += 2) {
		if (strncmp(path, "/home/me/", 9) || strcmp(path + 9, file[0]))
			continue;
		*length = strlen(file[1]);
		return strdup(file[1]);
	}
	return NULL;
}

static void read_with(const char *text, const char *const *files, const char *const *arguments,
		      struct dsfit_script_found *found)
{
	struct dsfit_script_given given = {
		.documents = dsfit_document_read,
		.name = "job.sh", .text = text, .length = strlen(text), .folder = "/home/me",
		.arguments = arguments, .read = files ? read_file : NULL,
		.context = (void *)files, .wants_commands = true,
	};

	for (; arguments && arguments[given.argument_count]; given.argument_count++)
		;
	ck_assert_int_eq(dsfit_script_read(launchers, &given, found), 0);
}

/* ---- the shell ------------------------------------------------------------------------------ */

/* A script, and the commands that it comes to, without their lines. */
static void assert_runs(const char *text, const char *expected)
{
	struct dsfit_script_found found;
	char commands[4096] = "", *to = commands, *save, *line;

	read_with(text, NULL, NULL, &found);
	ck_assert_ptr_nonnull(found.commands);
	for (line = strtok_r(found.commands, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *blank = strchr(line, ' ');

		to += snprintf(to, (size_t)(commands + sizeof(commands) - to), "%s%s",
			       to > commands ? "\n" : "", blank ? blank + 1 : line);
	}
	ck_assert_msg(!strcmp(commands, expected), "%s\ngave: %s\nnot:  %s", text, commands,
		      expected);
	dsfit_script_found_free(&found);
}

static const struct {
	const char *script, *commands;
} shell[] = {
	{ "p a 'b  c' \"d  e\" f\\ g", "p a b  c d  e f g" },
	{ "p a \\\n  b # c\n# d\np e", "p a b\np e" },
	{ "p a\\\nb", "p ab" },
	{ "X=1; Y=$X-2; p $Y ${Y} \"$Y\" '$Y'", "p 1-2 1-2 1-2 $Y" },
	{ "X='a b'; p $X; Z=; p $Z \"$Z\" end", "p a b\np  end" },
	{ "p ${X:-a b} ${X:=c} $X ${X:+d} ${Y:+e}", "p a b c c d" },
	{ "p \"${1:-'q'}\" ${2:-r}", "p 'q' r" },
	{ "X=a/b.c.d; p ${X##*/} ${X%.*} ${X%%.*} ${X#*/} ${X/b/z} ${#X}",
	  "p b.c.d a/b.c a/b b.c.d a/z.c.d 7" },
	{ "for x in - b d; do case $x in [a-c]) p in;; [!a-c]) p out;; esac; done",
	  "p out\np in\np out" },
	{ "for x in 7 b _; do case $x in [[:digit:]]) p d;; [![:alnum:]]) p o;; *) p a;; esac; "
	  "done", "p d\np a\np o" },
	{ "X='a b'; p ${X//[[:space:]]/-} ${X%[]x[:lower:]]} ${X/[a[:]/c}", "p a-b a c b" },
	{ "p $'a\\'b c' d$'\\t'z \"$'x'\" $'\\x41\\102\\\\' $'q\\z' $'a\\0b' $'\\x'",
	  "p a'b c d\tz $'x' AB\\ q\\z a " },
	{ "A=($(p2 $'it\\'s )' \"$'\")); IFS=$'\\n' read -d '' -ra A <<< $'a b\\nc'; "
	  "p ${#A[@]} ${A[0]}", "p2 it's ) $'\np 2 a b" },
	{ "X=abcdef; p ${X:1:2} ${X:3} ${X: -2} ${X^^}", "p bc def ef ABCDEF" },
	{ "X=a1b2; p ${X//[0-9]/-} ${X//[!0-9]} ${X%?} ${X%[a} ${X/b[[:digit:]]/c} ${X##?????}",
	  "p a-b- 12 a1b a1b2 a1c a1b2" },
	{ "X=; p a${X:0}b; Y=(); p a${Y[@]:0}b", "p ab\np ab" },
	{ "X=Y; Y=z; p ${!X}", "p z" },
	{ "A=(a 'b c'\n # no\n d); A+=(e); p ${#A[@]} \"${A[@]}\" ${A[1]} ${A[-1]}",
	  "p 4 a b c d e b c e" },
	{ "A=(a b c d); p ${A[@]:1:2}; A[1]=z; p ${A[*]}", "p b c\np a z c d" },
	{ "declare -A M=([x]=1 [y]=2); p ${M[y]}; M[z]=3; p ${M[z]}", "p 2\np 3" },
	{ "o=' --a'; o=\"$o --b\"; o+=' --c'; p $o", "p --a --b --c" },
	{ "N=3; p $((N * 2 + (1 << 2))) $(( N > 2 ? 7 : 8 )) $((N++)) $N $((-N % 3))",
	  "p 10 7 3 4 -1" },
	{ "p $((1/0)) $((X+1))", "p $((1/0)) $((X+1))" },
	{ "export A=1 B=\"2 3\"; p $A $B", "p 1 2 3" },
	{ "X=1 p $X; X=2 p2; p $X", "p $X\np2\np $X" },
	{ "f() { p f \"$1\" $#; }; f a b; function g { p g; }; g", "p f a 2\np g" },
	{ "if [ a = a ]; then p 1; else p 2; fi; [[ ab == a* ]] && p 3 || p 4", "p 1\np 3" },
	{ "if [ -n \"$NOT\" ]; then p 1; elif [ 3 -gt 2 ]; then p 2; fi", "p 2" },
	/* Both ways: what both set is known, what differs is not. */
	{ "if grep -q x y; then A=1 B=2; else A=1 B=3; fi; p $A", "p 1" },
	{ "O='--x'; if grep -q x y; then O=\"$O --y\"; fi; p $O", "p --x --y" },
	{ "[ $# -lt 2 ] && { p usage; exit 1; }; p on", "p usage\np on" },
	{ "cd /x || exit 1; p on", "p on" },
	{ "if [ \"$1\" = convert ]; then p c; exit; fi; p t", "p t" },
	{ "exit 0; p never", "" },
	{ "case ab in b*) p 1;; a*|c) p 2;; *) p 3;; esac", "p 2" },
	/* Of an unknown text the last item is no surer than the others. */
	{ "case $(q) in a*) H=/a;; *) exit 1;; esac; p on $H", "q\np on /a" },
	/* A program is taken to end well, a test ends as it does. */
	{ "true; p $?; false; p $?; [ a = b ]; p $?", "p 0\np 1\np 1" },
	{ "M=a; q; if [ $? -ne 0 ]; then M=b; fi; p $M", "q\np a" },
	{ "M=a; q; if [[ $? == 0 ]]; then M=b; fi; p $M; r; (( $? )) && exit; p on",
	  "q\np b\nr\np on" },
	{ "R=$(q); if [ $? -ne 0 ]; then exit 1; fi; q || x; R=$?; [ $R -eq 0 ] && p on",
	  "q\nq\np on" },
	{ "if q; then M=1; else M=1; fi; p $?", "q\np $?" },
	{ "X=$(q); [ $? -eq 0 ] && exit; p 1; q; [[ $? == 0 ]] && exit; p 2", "q\np 1\nq\np 2" },
	{ "f() { while (( \"$#\" )); do p $1; shift; done; }; f a b; p $(( \"1\" + \"2\" ))",
	  "p a\np b\np 3" },
	{ "for x in a b; do p $x; done; for i in {1..3}; do p $i; done",
	  "p a\np b\np 1\np 2\np 3" },
	{ "for ((i = 0; i < 3; i++)); do p $i; done", "p 0\np 1\np 2" },
	{ "i=0; while [ $i -lt 2 ]; do p $i; i=$((i+1)); done; while (( $# )); do p no; done",
	  "p 0\np 1" },
	{ "for x in a b c; do [ $x = b ] && continue; p $x; done", "p a\np c" },
	/* A loop that only an unknown way ends is over after a turn; others go on. */
	{ "while true; do p 1; if q; then p 2; break; fi; done; p 3", "p 1\nq\np 2\np 3" },
	{ "f() { until false; do p 1; q && return; done; }; f; p 3", "p 1\nq\np 3" },
	{ "i=0; while [ $i -lt 2 ]; do p $i; q && break; i=$((i+1)); done", "p 0\nq\np 1\nq" },
	{ "i=0; while :; do (q && exit); p $i; i=$((i+1)); [ $i -gt 1 ] && break; done",
	  "q\np 0\nq\np 1" },
	{ "f() { q && return; }; i=0; while :; do f; p $i; ((++i > 1)) && break; done",
	  "q\np 0\nq\np 1" },
	{ "i=0; while :; do for x in 1; do q && break; done; p $i; ((++i > 1)) && break; done",
	  "q\np 0\nq\np 1" },
	{ "p $(dirname a/b/c) $(basename a/b.sh .sh) `seq 1 3` $(echo 2 '*' 3 | bc)",
	  "p a/b b 1 2 3 6" },
	{ "p $(printf '%s-%d' a 3) $(echo a b c | cut -d ' ' -f 2) "
	  "$(echo 'x y' | awk '{print $2}')",
	  "p a-3 b y" },
	{ "#SBATCH -N 3\np $SLURM_NNODES $(scontrol show hostnames | wc -l)", "p 3 3" },
	{ "#SBATCH --gres=gpu:a100:4\np $SLURM_GPUS_ON_NODE $(nvidia-smi -L | wc -l)", "p 4 4" },
	/* How many GPUs there are, as people count them. */
	{ "#SBATCH --gres=gpu:4\n"
	  "p $CUDA_VISIBLE_DEVICES $(jq -n \"[$CUDA_VISIBLE_DEVICES] | length\") "
	  "$(echo $SLURM_JOB_GPUS | awk -F',' '{print NF}') $(echo a b | awk '{ print NF }') "
	  "$(python3 -c 'import torch; print(torch.cuda.device_count())') "
	  "$(awk -F , '{print $2}' <<< 7,8)",
	  "p 0,1,2,3 4 4 2 4 8" },
	{ "#SBATCH -N 1\np ${CUDA_VISIBLE_DEVICES:-none} $(jq -n '[a] | length') "
	  "$(awk -F'[,]' '{print NF}' <<< 1,2)",
	  "p none $(jq -n '[a] | length') $(awk -F'[,]' '{print NF}' <<< 1,2)" },
	{ "p $(echo gpu:a100:4 | grep -oE '[0-9]+$') $(grep -o '[a-z]*' <<< 1a2b) "
	  "$(grep -oP '\\d+' <<< x12y3) $(grep -oz a <<< a) $(grep -o 'a{2}' <<< aa)",
	  "p 4 a b 12 3 $(grep -oz a <<< a)" },
	{ "p $(echo 4 | grep -o 4 || echo 8) $(grep -o x <<< y || echo 8)", "p 4 8" },
	{ "N=4; p $(python -c \"print(256 // (4*$N))\") $(python3 -c 'print(int(7/2))') "
	  "$(python -c 'print(7/2)') $(python -c 'print(x)')",
	  "python -c print(7/2)\npython -c print(x)\n"
	  "p 16 3 $(python -c 'print(7/2)') $(python -c 'print(x)')" },
	{ "cat > f <<-END\n\ta:\n\t\t b\n\tEND\nX=$(cat f); p \"$X\"", "p a:  b" },
	{ "if command -v nvidia-smi &>/dev/null; then p 1; else p 2; fi", "p 1" },
	{ "p $(date +%F) $(whoami)", "date +%F\nwhoami\np $(date +%F) $(whoami)" },
	{ "cat <<E > f\na $HOME_NOT\nE\ncat <<'E' >> f\n$b\nE\np \"$(head -n 1 f)\" $(tail -1 f)",
	  "p a $HOME_NOT $b" },
	{ "cat > f <<-END\n\tx y\n\tEND\nread -r a b < f; p $b $a", "p y x" },
	{ "read -r -d '' X <<E\na \\\nb\n--c d\nE\np $X", "p a b --c d" },
	{ "IFS=, read -r a b <<< '1,2'; p $b", "p 2" },
	{ "set -- a b c; shift; p $1 $#; p \"$@\"", "p b 2\np b c" },
	{ "eval 'X=1; p $X'", "p 1" },
	{ "(X=2; cd /y; p $X); p ${X:-none}; { p g; }", "p 2\np none\np g" },
	{ "p a > /dev/null 2>&1 & p b | tee log; ! p c", "p a\np b\np c" },
	{ "bash -c 'p $0 $1' x y", "bash -c p $0 $1 x y\np x y" },
	{ "M=a; bash -c \"M=b; p \\$M $M\"", "bash -c M=b; p $M a\np b a" },
	{ "sed 's|A|b|' <<< 'x A y' > f; p $(cat f)", "p x b y" },
	{ "printf -v X '%s ' --a 'b c'; p $X; printf -v Y %d 3; p $Y $(printf '%s,' a b)",
	  "p --a b c\np 3 a,b," },
	{ "echo '{\"a\": {\"B-c\": \"x\", \"d\": 4}}' > f.json; p $(jq -r .a.B-c f.json) "
	  "$(yq '.a.d' f.json) $(yq e .a.d f.json)",
	  "p x 4 4" },
	{ "p $(jq .a nowhere.json)", "p $(jq .a nowhere.json)" },
	{ "echo '{\"a\": 1}' > f.json; p $(jq '.a | keys' f.json) $(jq -r .b f.json)",
	  "p $(jq '.a | keys' f.json) $(jq -r .b f.json)" },
	{ "IFS=, read -ra A <<< 0,1,2; p ${#A[@]} ${A[2]}; read -ra B <<< ' a  b '; p ${#B[@]}",
	  "p 3 2\np 2" },
	/* What is not known is not taken apart. */
	{ "a=$(x y z); read -ra A <<< \"$a\"; p ${#A[@]}", "x y z\np 1" },
	{ "p $(echo 0,1,2 | tr ',' '\\n' | wc -l) $(echo a-b | tr -d -) $(tr a-z A-Z <<< a)",
	  "p 3 ab $(tr a-z A-Z <<< a)" },
	{ "export X=1; echo '$X-${X}-$Y-$' > t; envsubst < t > u; p $(cat u)", "p 1-1-?-$" },
	{ "printf 'a: 1\\nb: 2 3\\n' > f; sed -i 's/^b: .*/b: 4/' f; sed -i.bak -e 's|a|c|' f; "
	  "p $(cat f)", "p c: 1 b: 4" },
	{ "echo 'ab ba' > f; p $(sed 's/^b/x/' f) $(sed 's/^a/x/' f) $(sed 's/b.*$/x/' f)",
	  "p ab ba xb ba ax" },
	{ "if then fi ;; ) } done p x", "p x" },
	/* sed and perl: expressions, addresses, several commands. */
	{ "p $(echo a/b/a | sed 's|a|c|g; s/\\//-/')", "p c-b/c" },
	{ "p $(echo k: 12 | sed -E 's/^(k:) [0-9]+$/\\1 3/')", "p k: 3" },
	{ "p $(echo 'k:  12 ' | sed -E 's/[[:space:]]+$//; s/[^[:digit:]]+/x/; s/[]y]/z/') "
	  "$(echo aB | sed 's/[[:upper:]]/c/I')", "p x12 cB" },
	/* sed would take \t for a tab. */
	{ "p $(echo 'a t' | sed 's/[\\t]/x/')", "p $(echo 'a t' | sed 's/[\\t]/x/')" },
	{ "p $(echo k: 12 | sed 's/\\(k\\): *[^ ]*/[\\1]&/')", "p [k]k: 12" },
	{ "p $(echo aXbx | sed 's/x/-/Ig;s/$/!/')", "p a-b-!" },
	{ "p $(printf 'a\\nb\\nc\\n' | sed '/b/d;s/c/d/') "
	  "$(printf 'a\\nb\\nc\\n' | sed -n '2p')",
	  "p a d b" },
	{ "p $(printf 'a\\nb\\nc\\n' | sed -n '/b/{p;q}') "
	  "$(printf 'a\\nb\\n' | sed '2!d') "
	  "$(printf 'a\\nb\\nc\\n' | sed '2q;d')",
	  "p b b b" },
	{ "p $(echo aab | sed 's/a*//') $(echo aab | sed 's/a?b/x/') "
	  "$(echo aab | sed -r 's/a?b/x/')",
	  "p b aab ax" },
	{ "echo k=7 > f; perl -pi -e 's/k=(\\d+)/k=$1$1/' f; "
	  "p $(cat f)", "perl -pi -e s/k=(\\d+)/k=$1$1/ f\np k=77" },
	{ "p $(sed 's/a|b/x/2' <<< a) $(sed 's/\\(a\\)*b/x/' <<< ab) $(sed y/a/b/ <<< a)",
	  "p $(sed 's/a|b/x/2' <<< a) $(sed 's/\\(a\\)*b/x/' <<< ab) $(sed y/a/b/ <<< a)" },
	{ "echo a b > f; sed -i --expression=s/a/c/ --expression=s/b/d/ f; p $(cat f)", "p c d" },
	{ "echo a > f; sed -i.bak s/a/b/ f; p $(cat f); "
	  "sed --in-place -e s/b/c/ -e s/c/d/ f; p $(cat f)",
	  "p b\np d" },
	{ "echo a > f; perl -0pi -e s/a/b/ f; p $(cat f)", "perl -0pi -e s/a/b/ f\np a " },
	{ "X='c d'; echo 'a: @X@' | sed \"s#@X@#$X#\" > f; p $(cat f)", "p a: c d" },
	/* jq and yq: what they change, and what they build. */
	{ "echo '{\"a\": {\"b\": 1}, \"c\": 2}' > f.json; jq '.a.b = 3 | del(.c)' f.json > g.json; "
	  "p $(jq .a.b g.json) $(jq .a.b f.json) $(jq .c g.json)",
	  "p 3 1 $(jq .c g.json)" },
	{ "echo '{\"a\": 1}' > f.json; export N=7; jq '.a = $ENV.N' f.json > g.json; "
	  "p $(jq -r .a g.json)", "p 7" },
	{ "export N=7; jq -n '{a: $ENV.N, b: 2}' > g.json; p $(jq -r .a g.json)", "p 7" },
	{ "echo '{\"a\": 1}' > f.json; jq --arg x q --argjson y 5 '.a=$x|.b = ($y)' f.json > t && "
	  "mv t f.json; p $(jq -r .a f.json) $(jq .b f.json)",
	  "mv t f.json\np q 5" },
	{ "echo '{\"a\": 1}' > f.json; jq '.a += 1' f.json | sponge f.json; p $(jq .a f.json)",
	  "p $(jq .a f.json)" },
	{ "echo 'a: 1' > f.yaml; export M=z; yq -i '.a = strenv(M) | .\"b-c\".d = \"e f\"' f.yaml; "
	  "yq e -i '.g = env(M)' f.yaml; p $(yq .a f.yaml) $(yq .b-c.d f.yaml) $(yq .g f.yaml)",
	  "p z e f z" },
	{ "echo 'a: 1' > f.yaml; yq -i '.a = .b' f.yaml; p $(yq .a f.yaml); "
	  "yq -i 'keys' f.yaml; p x",
	  "p $(yq .a f.yaml)\np x" },
	{ "echo 'a: 1' > f.yaml; yq -i '.a = 2' f.yaml; sed -i s/1/4/ f.yaml; "
	  "p $(yq .a f.yaml) $(wc -l f.yaml)",
	  "p $(yq .a f.yaml) $(wc -l f.yaml)" },
	{ "Y=7; jq -n --arg x \"$Y\" '{a: ($x|tonumber), b: {c: \"d\"}}' > f.json; "
	  "p $(jq .a f.json) $(jq -r .b.c f.json)",
	  "p 7 d" },
};

START_TEST(shell_is_followed)
{
	assert_runs(shell[_i].script, shell[_i].commands);
}
END_TEST

/* ---- trainings ------------------------------------------------------------------------------ */

static void assert_says(const struct dsfit_script_found *found, enum dsfit_script_field field,
			const char *text, const char *source)
{
	ck_assert_msg(!strcmp(found->fact[field].text, text), "%s: %s, not %s",
		      dsfit_script_field_names[field], found->fact[field].text, text);
	if (source)
		ck_assert_str_eq(found->fact[field].source, source);
}

START_TEST(values_keep_their_lines)
{
	static const char script[] =
		"#!/bin/bash\n#SBATCH -N 2 --gres=gpu:4\n"
		"MODEL=meta-llama/Llama-2-7b-hf\nopts=\"--lr 1 \\\n  --bf16\"\n"
		"srun torchrun --nnodes 2 --nproc_per_node 4 train.py "
		"--model_name_or_path $MODEL \\\n"
		"  --per_device_train_batch_size 2 $opts --deepspeed ds/zero3.json\n";
	static const char *const files[] = {
		"ds/zero3.json", "{\"zero_optimization\": {\"stage\": 2, // not 3\n}}", NULL };
	struct dsfit_script_found found;

	read_with(script, NULL, NULL, &found);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_TRAINING);
	assert_says(&found, DSFIT_SAYS_MODEL, "meta-llama/Llama-2-7b-hf", "line 3");
	assert_says(&found, DSFIT_SAYS_MICRO_BATCH, "2", "line 7");
	assert_says(&found, DSFIT_SAYS_PRECISION, "bf16", "line 5");
	/* By the file's name, as the file may not be read. */
	assert_says(&found, DSFIT_SAYS_ZERO, "3", "line 7");
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "4", "line 6");
	ck_assert_uint_eq(found.request.nodes, 2);
	ck_assert_uint_eq(found.warnings, 0);
	dsfit_script_found_free(&found);
	read_with(script, files, NULL, &found);
	assert_says(&found, DSFIT_SAYS_ZERO, "2", "ds/zero3.json: zero_optimization.stage");
	dsfit_script_found_free(&found);
}
END_TEST

START_TEST(arguments_and_arrays)
{
	static const char *const arguments[] = { "Qwen/Qwen3-8B", NULL };
	struct dsfit_script_found found;

	read_with("python train.py --model_name_or_path $1 --lr 1\n", NULL, arguments, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "Qwen/Qwen3-8B", NULL);
	dsfit_script_found_free(&found);
	read_with("#SBATCH --array=0-2\nM=(llama-7b llama-70b llama-13b)\n"
		  "python train.py --model ${M[$SLURM_ARRAY_TASK_ID]} --lr 1\n",
		  NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "llama-70b", "line 2");
	dsfit_script_found_free(&found);
	/* No member is behind the largest number, which nobody has checked yet. */
	read_with("#SBATCH --array=9223372036854775807\nM=llama-7b\n"
		  "case $SLURM_ARRAY_TASK_ID in -*) M=llama-70b;; esac\n"
		  "python train.py --model $M --lr 1\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "llama-7b", NULL);
	dsfit_script_found_free(&found);
}
END_TEST

START_TEST(wrappers_and_files_that_are_written)
{
	static const char *const files[] = {
		"run/dpo.sh",
		"accelerate launch --num_processes 4 dpo.py --config c.yaml --lr $1\n",
		"c.yaml",
		"model_name_or_path: acme/Qwen3-4B\nper_device_train_batch_size: 2\n", NULL };
	struct dsfit_script_found found;

	read_with("bash run/dpo.sh 1e-6\n", files, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "acme/Qwen3-4B", "c.yaml: model_name_or_path");
	assert_says(&found, DSFIT_SAYS_OBJECTIVE, "dpo", NULL);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "4", NULL);
	dsfit_script_found_free(&found);
	/* Arguments in a file. */
	read_with("python train.py @c.args --lr 1 @nowhere\n",
		  (const char *const[]){ "c.args", "--model_name_or_path gpt2\n@more\n", NULL },
		  NULL, &found);
	ck_assert_int_eq(found.fact[DSFIT_SAYS_MODEL].sure, DSFIT_SURE_NOT);
	dsfit_script_found_free(&found);
	read_with("python train.py @c.args --lr 1 @nowhere\n",
		  (const char *const[]){ "c.args", "--model_name_or_path\ngpt2\n", NULL },
		  NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "gpt2", "c.args: line 2");
	dsfit_script_found_free(&found);
	/* The second text of the file is in force. */
	read_with("Z=3\ncat <<E > d.json\n{\"zero_optimization\": {\"stage\": 1}}\nE\n"
		  "cat <<E > d.json\n{\"zero_optimization\": {\"stage\": $Z,},}\nE\n"
		  "deepspeed train.py --deepspeed d.json --lr 1\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_ZERO, "3", "line 1");
	dsfit_script_found_free(&found);
	/* The line of a key is not that of a longer one that ends alike. */
	read_with("cat <<E > d.json\n{\"zero_optimization\": {\"other_stage\": 1,\n"
		  "\"stage\": 2}}\nE\ndeepspeed train.py --deepspeed d.json --lr 1\n",
		  NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_ZERO, "2", "line 3");
	dsfit_script_found_free(&found);
	/* A program that starts itself: its file is not there to be read. */
	read_with("./tools/run.py --lr 1 --bf16 --model_name_or_path acme/llama-13b\n",
		  NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "acme/llama-13b", "line 1");
	dsfit_script_found_free(&found);
}
END_TEST

/* Where nobody can tell which way a script takes, it is followed both ways. What they differ in is
 * not known, but what one of them leaves open the other one says. */
START_TEST(ways_that_differ)
{
	static const char ways[] = "if [ \"$RANDOM\" = 1 ]; then\n%s\nelse\n%s\nfi\n"
				   "deepspeed train.py --model_name_or_path \"$M\" --lr 1\n";
	struct dsfit_script_found found;
	char text[512];

	snprintf(text, sizeof(text), ways, "M=acme/llama-7b", "M=acme/llama-70b");
	read_with(text, NULL, NULL, &found);
	ck_assert_int_eq(found.fact[DSFIT_SAYS_MODEL].sure, DSFIT_SURE_NOT);
	dsfit_script_found_free(&found);
	snprintf(text, sizeof(text), ways, "M=acme/llama-7b", "M=acme/llama-7b");
	read_with(text, NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "acme/llama-7b", NULL);
	dsfit_script_found_free(&found);
	snprintf(text, sizeof(text), ways, "true", "M=acme/llama-70b");
	read_with(text, NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "acme/llama-70b", NULL);
	dsfit_script_found_free(&found);
	read_with("case $(q) in a) M=acme/llama-7b;; *) M=acme/llama-70b;; esac\n"
		  "deepspeed train.py --model_name_or_path \"$M\" --lr 1\n", NULL, NULL, &found);
	ck_assert_int_eq(found.fact[DSFIT_SAYS_MODEL].sure, DSFIT_SURE_NOT);
	dsfit_script_found_free(&found);
}
END_TEST

/* What make would run: what is needed first, what is typed, what the environment has. */
START_TEST(recipes)
{
	static const char *const files[] = {
		"Makefile",
		"include w/own.mk\nW := $(shell nvidia-smi -L | wc -l) $(shell date)\n"
		"SIZE ?= 7b\nM = acme/llama-$(SIZE)\nN := $(GPUS)\nGPUS = 9\n"
		"ifeq ($(KIND),lora)\nX = --use_peft\nelse\nX = --bf16\nendif\n"
		"all: prepare\n\ttrue\n.PHONY: all\nprepare:\n\tpython get.py # $(shell date)\n"
		"train: BATCH = 2\ntrain: prepare \\\n  more\n"
		"\t@torchrun --nproc_per_node $N train.py \\\n"
		"\t  --model_name_or_path $(M) --per_device_train_batch_size ${BATCH} $(X) \\\n"
		"\t  --lr $$LR\n"
		"more: ; @true\n",
		"w/own.mk", "GPUS = 4\n", NULL };
	struct dsfit_script_found found;

	read_with("export SIZE=13b\nmake -j 4 train\n", files, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "acme/llama-13b", NULL);
	assert_says(&found, DSFIT_SAYS_MICRO_BATCH, "2", NULL);
	assert_says(&found, DSFIT_SAYS_PRECISION, "bf16", NULL);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "4", NULL);
	ck_assert_ptr_nonnull(strstr(found.commands, "python get.py"));
	dsfit_script_found_free(&found);
	read_with("srun make -C . SIZE=70b KIND=lora train\n", files, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "acme/llama-70b", NULL);
	assert_says(&found, DSFIT_SAYS_METHOD, "lora", NULL);
	dsfit_script_found_free(&found);
	read_with("make\nmake -f nowhere.mk train\n", files, NULL, &found);
	ck_assert_int_ne(found.kind, DSFIT_SCRIPT_TRAINING);
	dsfit_script_found_free(&found);
}
END_TEST

/* A command that starts its processes itself takes the launcher's options, and its files. */
START_TEST(commands_of_their_own)
{
	struct dsfit_script_found found;

	read_with("trl sft --model_name_or_path acme/llama-7b --num_processes 4 --lr 1 "
		  "--accelerate_config zero2\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "4", NULL);
	assert_says(&found, DSFIT_SAYS_ZERO, "2", NULL);
	dsfit_script_found_free(&found);
	read_with("#SBATCH --gpus-per-node=2\naxolotl train --base-model acme/llama-7b "
		  "--launcher torchrun -- --nproc_per_node=3\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "3", NULL);
	dsfit_script_found_free(&found);
	read_with("nemo llm finetune --factory "
		  "\"llama3_8b(num_gpus_per_node=8, peft_scheme='none')\" "
		  "data.micro_batch_size=2\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "llama3_8b", "line 1");
	assert_says(&found, DSFIT_SAYS_METHOD, "full", NULL);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "8", NULL);
	dsfit_script_found_free(&found);
	read_with("nemo llm finetune --factory llama31_8b\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_METHOD, "lora", NULL);
	dsfit_script_found_free(&found);
	/* A sequence is what is asked and what is answered. */
	read_with("trl grpo --model_name_or_path acme/llama-7b --max_prompt_length 512 "
		  "--max_completion_length 1024 --lr 1\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_SEQUENCE, "1536", "line 1");
	dsfit_script_found_free(&found);
	/* Nobody knows them, but for what their flags say. */
	read_with("our-cli sft --model_name_or_path x/llama-7b --per_device_train_batch_size 2\n",
		  NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "x/llama-7b", "line 1");
	assert_says(&found, DSFIT_SAYS_MICRO_BATCH, "2", "line 1");
	dsfit_script_found_free(&found);
	read_with("sbatch go.sh --model_name_or_path x/llama-7b --per_device_train_batch_size 2\n"
		  "swift infer --model x/llama-7b --train_type lora --max_length 2048\n"
		  "our-infer --model x/llama-7b --train_type lora --max_length 2048\n"
		  "our-cli '' --train_type=\n", NULL, NULL, &found);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_OTHER);
	dsfit_script_found_free(&found);
	read_with("#SBATCH --gpus-per-node=8\nautoalign-cli dpo --model_name_or_path x/llama-7b "
		  "--lr 1\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "8", "line 1");
	assert_says(&found, DSFIT_SAYS_OBJECTIVE, "dpo", NULL);
	dsfit_script_found_free(&found);
	read_with("nemo llm generate --factory llama31_8b\n", NULL, NULL, &found);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_OTHER);
	dsfit_script_found_free(&found);
}
END_TEST

/* A program that can train, in a script of evaluations or for no epoch. */
START_TEST(evaluations)
{
	static const char *const command =
		"deepspeed finetune.py --num-layers 24 --hidden-size 2048 --fp16 --seq-length 512";
	static const char *const none[] = { "--epochs 0", "--preflight", "--dry-run=true" };
	char text[256];
	const char *const files[] = { "evaluate_lm.sh", command, "train_and_evaluate.sh", command,
				      NULL };
	struct dsfit_script_found found;

	read_with("bash evaluate_lm.sh\n", files, NULL, &found);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_OTHER);
	dsfit_script_found_free(&found);
	read_with("bash train_and_evaluate.sh\n", files, NULL, &found);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_TRAINING);
	dsfit_script_found_free(&found);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(none); i++) {
		snprintf(text, sizeof(text), "%s %s\n", command, none[i]);
		read_with(text, NULL, NULL, &found);
		ck_assert_msg(found.kind == DSFIT_SCRIPT_OTHER, "%s", none[i]);
		dsfit_script_found_free(&found);
	}
}
END_TEST

/* What several public scripts have. */
START_TEST(spellings)
{
	struct dsfit_script_found found;

	read_with("torchrun pretrain_gpt.py --num-layers 24 --hidden-size 2048 --lr 1 "
		  "--recompute-activations --pretrained-checkpoint /x/llama-7b "
		  "--decoder-seq-length 4096\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_CHECKPOINTING, "selective", "line 1");
	assert_says(&found, DSFIT_SAYS_MODEL, "24 layers x 2048", "line 1");
	assert_says(&found, DSFIT_SAYS_SEQUENCE, "4096", "line 1");
	dsfit_script_found_free(&found);
	read_with("#SBATCH --gpus-per-node=4\n"
		  "python run.py model.config.n_layer=12 model.config.n_embd=768 "
		  "trainer.devices=[0,1] trainer.max_epochs=1 data.batch_size=4 "
		  "optimizer._target_=torch.optim.AdamW\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "2", "line 2");
	assert_says(&found, DSFIT_SAYS_OPTIMIZER, "AdamW", "line 2");
	dsfit_script_found_free(&found);
	read_with("#SBATCH --gpus-per-node=4\nN=$(nvidia-smi --query-gpu=count "
		  "--format=csv,noheader | head -n 1)\nsingularity_wrapper exec torchrun "
		  "--nproc_per_node $((N - 1)) sft.py --model_name_or_path a/llama-7b --lr 1\n",
		  NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "3", "line 1");
	dsfit_script_found_free(&found);
	read_with("tune run lora_finetune_distributed --config qwen2_5/7B_lora\n", NULL, NULL,
		  &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "qwen2_5-7B", "line 1");
	dsfit_script_found_free(&found);
	/* Neither has a model's name, and the second is no training of texts. */
	read_with("tune run lora_finetune_distributed --config mine/a.yaml\n", NULL, NULL, &found);
	ck_assert(!found.fact[DSFIT_SAYS_MODEL].sure);
	dsfit_script_found_free(&found);
	read_with("python fit_jets.py --gradient-accumulation-steps 1 --lr 1 --batch-size 4\n",
		  NULL, NULL, &found);
	ck_assert_int_ne(found.kind, DSFIT_SCRIPT_TRAINING);
	dsfit_script_found_free(&found);
	/* base_model is axolotl's key, but any program's flag. */
	read_with("CUDA_VISIBLE_DEVICES=0 python tune.py --base_model a/llama-7b --lr 1\n", NULL,
		  NULL, &found);
	ck_assert(!found.fact[DSFIT_SAYS_PRECISION].sure);
	dsfit_script_found_free(&found);
}
END_TEST

/* Networks of other kinds, with words that trainings of texts have too. */
START_TEST(other_networks)
{
	static const char *const commands[] = {
		"python train_autoencoder.py --d_model 512 --num_layers 4 --batch_size 1 --lr 1",
		"python finetune.py agent=mdp agent.batch_size=384 agent.cfg.n_embd=256 "
		"agent.cfg.n_layer=5",
		"python train_ppo.py --env Walker --lr 1 --num_layers 2 --hidden_size 64",
		"srun python weather.py --hidden_dim 1024 --num_layers 16 --max_steps 9 --lr 1",
		"torchrun train_gnn.py --num_layers 4 --hidden_dim 128 --lr 1 --epochs 2",
		"python train_lstm.py --hidden_size 256 --num_layers 2 --seq_length 30 --epochs 5",
		"python main.py --model PatchTST --seq_len 336 --d_model 128 --epochs 9 --lr 1 "
		"--batch_size 128",
		"torchrun train_clip.py --model ViT-B-32 --pretrained laion2b --batch-size 256 "
		"--precision amp_bf16 --epochs 32 --grad-checkpointing",
		"python train.py --cfg a.yaml --model.pretrained m/imagenet/hrnet_w32.pth --lr 1",
		"python train_single.py --model whisper-small --lora_rank 16 --learning_rate 1e-4 "
		"--per_device_train_batch_size 8",
	};
	struct dsfit_script_found found;
	char script[512];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(commands); i++) {
		snprintf(script, sizeof(script), "%s\n", commands[i]);
		read_with(script, NULL, NULL, &found);
		ck_assert_msg(found.kind != DSFIT_SCRIPT_TRAINING, "%s", commands[i]);
		dsfit_script_found_free(&found);
	}
	/* Of texts, and large enough: */
	read_with("python train.py --n_layer 12 --n_embd 768 --batch_size 4 --lr 1\n", NULL, NULL,
		  &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "12 layers x 768", "line 1");
	dsfit_script_found_free(&found);
	read_with("python train.py --num_layers 32 --hidden_size 4096 --lr 1\n", NULL, NULL,
		  &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "32 layers x 4096", "line 1");
	dsfit_script_found_free(&found);
}
END_TEST

/* Of several trainings the largest, though the grids are too many to try each point. */
START_TEST(grids)
{
	static const char *const grid =
		"for a in 1 2 3 4 5; do for b in 1 2 3 4; do for c in 1 2 4; do\n"
		"SP=\"out_${a}_${b}_${c}\"\n"
		"python -u train.py --model_name_or_path $M --per_device_train_batch_size $c "
		"--learning_rate $b --block_size 128 --num_train_epochs 3 --output_dir d/$SP "
		"--train_file data/recognition/experiment/$a.json --save_prefix $SP\n"
		"done; done; done\n";
	char text[4096] = "";
	struct dsfit_script_found found;

	for (unsigned i = 0; i < 4; i++) {
		strcat(text, i == 2 ? "M=gpt2-xl\n" : i == 1 ? "M=gpt2-large\n" : "M=gpt2\n");
		strcat(text, grid);
	}
	read_with(text, NULL, NULL, &found);
	ck_assert(!found.stopped);
	assert_says(&found, DSFIT_SAYS_MODEL, "gpt2-xl", "line 11");
	dsfit_script_found_free(&found);
	read_with("for b in 1 4 2; do python train.py --model_name_or_path gpt2 --lr 1 "
		  "--per_device_train_batch_size $b\ndone\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MICRO_BATCH, "4", "line 1");
	dsfit_script_found_free(&found);
	/* What comes after loops of too many turns is read. */
	read_with("for ((i=0; i<999; i++)); do for a in 1 2 3 4 5 6 7 8 9; do\n"
		  "for b in 1 2 3 4 5 6 7 8 9; do ./x --long-option-$a-$b-$i=xxxxxxxxxxxxxxxx\n"
		  "done; done; done\npython train.py --model_name_or_path a/llama-7b --lr 1 "
		  "--max_seq_length 64\n", NULL, NULL, &found);
	ck_assert(!found.stopped);
	assert_says(&found, DSFIT_SAYS_MODEL, "a/llama-7b", "line 4");
	dsfit_script_found_free(&found);
}
END_TEST

/* What it takes to look through sets of characters is counted, whether they end or not. */
START_TEST(sets_take_work)
{
	static const char *const patterns[] = {
		"*[b-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-cb-c]",
		"*[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(patterns); i++) {
		struct dsfit_script_found found;
		char text[8192] = "x=", line[128];

		memset(text + 2, 'a', 4000);
		strcat(text, "\n");
		snprintf(line, sizeof(line), "case $x in %s) :;; esac\n", patterns[i]);
		for (int n = 0; n < 30; n++)
			strcat(text, line);
		read_with(text, NULL, NULL, &found);
		ck_assert(found.stopped);
		dsfit_script_found_free(&found);
	}
}
END_TEST

/* A file that the script edits is as it is then; what an expression does to it is not known. */
START_TEST(files_that_are_edited)
{
	static const char *const files[] = {
		"c.yaml", "base_model: x/llama-7b\nmicro_batch_size: 1\nsequence_len: 64\n",
		NULL };
	struct dsfit_script_found found;

	read_with("sed -i 's/micro_batch_size: .*/micro_batch_size: 8/' c.yaml\n"
		  "axolotl train c.yaml\n", files, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MICRO_BATCH, "8", "line 1");
	assert_says(&found, DSFIT_SAYS_MODEL, "x/llama-7b", "c.yaml: base_model");
	dsfit_script_found_free(&found);
	read_with("sed -i 's/m[a-z]*_b.*/&0/' c.yaml\naxolotl train c.yaml\n", files, NULL,
		  &found);
	assert_says(&found, DSFIT_SAYS_MICRO_BATCH, "10", "c.yaml: micro_batch_size");
	dsfit_script_found_free(&found);
	read_with("python - <<'E'\nc = yaml.load(open(\"c.yaml\"))\n"
		  "yaml.dump(c, open('c.yaml', 'w'))\nE\naxolotl train c.yaml\n", files, NULL,
		  &found);
	ck_assert_int_eq(found.fact[DSFIT_SAYS_MICRO_BATCH].sure, DSFIT_SURE_NOT);
	dsfit_script_found_free(&found);
	read_with("python3 -c 'print(open(\"c.yaml\").read())'\naxolotl train c.yaml\n", files,
		  NULL, &found);
	assert_says(&found, DSFIT_SAYS_MICRO_BATCH, "1", "c.yaml: micro_batch_size");
	dsfit_script_found_free(&found);
	read_with("sed -i '/micro/s/1|2/8/2' c.yaml\naxolotl train c.yaml\n", files, NULL,
		  &found);
	ck_assert_int_eq(found.fact[DSFIT_SAYS_MICRO_BATCH].sure, DSFIT_SURE_NOT);
	ck_assert_int_eq(found.open_model.sure, DSFIT_SURE_NOT);
	dsfit_script_found_free(&found);
}
END_TEST

/* What is not known may stand in it as it was written, whatever signs that has. */
START_TEST(documents_with_what_is_not_known)
{
	struct dsfit_script_found found;

	read_with("A=`scontrol show x`; J=/x/$RUN.json.auto\ncat <<E > $J.yml.auto\n# w\n"
		  "deepspeed_config:\n  deepspeed_config_file: $J\nmain_process_ip: $A\n"
		  "num_processes: 4\nE\n"
		  "cat <<E > $J\n{\"x\": \"$(date \"+%F\")\",\n"
		  "\"zero_optimization\": {\"stage\": 3}}\nE\n"
		  "accelerate launch --config_file $J.yml.auto train.py --lr 1\n", NULL, NULL,
		  &found);
	assert_says(&found, DSFIT_SAYS_ZERO, "3", "line 11");
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "4", NULL);
	dsfit_script_found_free(&found);
}
END_TEST

/* torchtitan's files are TOML. */
START_TEST(toml)
{
	static const char *const files[] = {
		"c/llama3.toml",
		"[model]\nname = \"llama3\"\nflavor = \"8B\"\n[optimizer]\nname = \"AdamW\"\n"
		"[training]\nlocal_batch_size = 2 # a GPU\nseq_len = 8192\n"
		"[parallelism]\ndata_parallel_shard_degree = -1\ntensor_parallel_degree = 4\n"
		"[activation_checkpoint]\nmode = \"selective\"\n"
		"[validation]\nlocal_batch_size = 9\n",
		NULL };
	struct dsfit_script_found found;

	read_with("#SBATCH --gpus-per-node=8\ntorchrun --nproc_per_node 8 -m torchtitan.train "
		  "--job.config_file c/llama3.toml\n", files, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "8B", "c/llama3.toml: model.flavor");
	assert_says(&found, DSFIT_SAYS_MICRO_BATCH, "2", NULL);
	assert_says(&found, DSFIT_SAYS_SEQUENCE, "8192", NULL);
	assert_says(&found, DSFIT_SAYS_ZERO, "3", NULL);
	assert_says(&found, DSFIT_SAYS_TENSOR, "4", NULL);
	assert_says(&found, DSFIT_SAYS_CHECKPOINTING, "selective", NULL);
	dsfit_script_found_free(&found);
}
END_TEST

/* OmegaConf's references to other values of a file. */
START_TEST(references_in_files)
{
	static const char *const files[] = {
		"c.yaml",
		"variables:\n  size: 7b\n  model: acme/llama-${variables.size}\n  length: 64\n"
		"model:\n  pretrained_model_name_or_path: ${variables.model}\n"
		"max_seq_len: ${variables.length}\noptimizer:\n  name: ${oc.env:X}\n",
		"d.yaml", "a: ${a}\nmodel_name_or_path: ${a}/llama-7b\nb: ${b\n"
		"max_seq_len: ${}\nd: ${max_seq_len.x}\ne: ${.d}\n", NULL };
	struct dsfit_script_found found;

	read_with("composer train.py c.yaml --lr 1\n", files, NULL, &found);
	assert_says(&found, DSFIT_SAYS_MODEL, "acme/llama-7b",
		    "c.yaml: model.pretrained_model_name_or_path");
	assert_says(&found, DSFIT_SAYS_SEQUENCE, "64", NULL);
	ck_assert_int_eq(found.fact[DSFIT_SAYS_OPTIMIZER].sure, DSFIT_SURE_NOT);
	dsfit_script_found_free(&found);
	read_with("composer train.py d.yaml --lr 1\n", files, NULL, &found);
	ck_assert_int_eq(found.fact[DSFIT_SAYS_MODEL].sure, DSFIT_SURE_NOT);
	ck_assert_int_eq(found.fact[DSFIT_SAYS_SEQUENCE].sure, DSFIT_SURE_NOT);
	dsfit_script_found_free(&found);
}
END_TEST

static char *read_profile(void *context, const char *path, size_t *length)
{
	static const char text[] = "torchrun x.py --model_name_or_path gpt2 --lr 1\n";

	(void)context;
	(void)path;
	*length = strlen(text);
	return strdup(text);
}

static char *read_program(void *context, const char *path, size_t *length)
{
	static const char program[] = "\177ELF\0\0\ntorchrun x.py --model_name_or_path gpt2 "
				      "--lr 1\n";

	if (strcmp(path, context) != 0)
		return NULL;
	*length = sizeof(program);
	return memcpy(malloc(sizeof(program)), program, sizeof(program));
}

/* A program by its path is not read as if it were a script. */
START_TEST(programs_are_no_scripts)
{
	static const char text[] = "HERE=`/bin/hostname -s`\n";
	static char path[] = "/bin/hostname";
	struct dsfit_script_given given = {
		.name = "job.sh", .text = text, .length = strlen(text), .folder = "/home/me",
		.read = read_program, .context = path, .documents = dsfit_document_read,
	};
	struct dsfit_script_found found;

	ck_assert_int_eq(dsfit_script_read(launchers, &given, &found), 0);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_OTHER);
	dsfit_script_found_free(&found);
	/* Nor is what sets the system up. */
	given.read = read_profile;
	given.text = "source /etc/profile.d/modules.sh\n";
	given.length = strlen(given.text);
	ck_assert_int_eq(dsfit_script_read(launchers, &given, &found), 0);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_OTHER);
	dsfit_script_found_free(&found);
	given.text = "source ./x.sh\n";
	given.length = strlen(given.text);
	ck_assert_int_eq(dsfit_script_read(launchers, &given, &found), 0);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_TRAINING);
	dsfit_script_found_free(&found);
}
END_TEST

/* What people start by one command, with what is told of it. */
START_TEST(programs_of_their_own)
{
	static const char *const files[] = {
		"app/conf/big.yaml", "model:\n  name_or_path: gpt2\ntrainer:\n"
		"  per_device_train_batch_size: 2\n  learning_rate: 1\n",
		"c.yaml", "model:\n  model_name: x/llama-7b\ntraining:\n"
		"  per_device_train_batch_size: 2\n", NULL };
	static const struct {
		const char *script, *model, *micro_batch, *method;
	} rows[] = {
		{ "litgpt finetune_lora meta-llama/Llama-2-7b-hf --train.micro_batch_size 2",
		  "meta-llama/Llama-2-7b-hf", "2", "lora" },
		{ "autotrain llm --train --model x/llama-7b --batch-size 2 --peft "
		  "--quantization int4", "x/llama-7b", "2", "qlora" },
		{ "oumi distributed torchrun -m oumi train -c c.yaml", "x/llama-7b", "2", NULL },
		{ "python app/main.py --config-path conf --config-name big", "gpt2", "2", NULL },
		{ "python app/main.py --config-path=app/conf --config-name=big.yaml", "gpt2", "2",
		  NULL },
		{ "python app/main.py --config-path /home/me/app/conf --config-name big", "gpt2",
		  "2", NULL },
	};
	struct dsfit_script_found found;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		read_with(rows[i].script, files, NULL, &found);
		ck_assert_msg(found.kind == DSFIT_SCRIPT_TRAINING, "%s", rows[i].script);
		assert_says(&found, DSFIT_SAYS_MODEL, rows[i].model, NULL);
		assert_says(&found, DSFIT_SAYS_MICRO_BATCH, rows[i].micro_batch, NULL);
		if (rows[i].method)
			assert_says(&found, DSFIT_SAYS_METHOD, rows[i].method, NULL);
		dsfit_script_found_free(&found);
	}
	read_with("trl dpo --model_name_or_path x/llama-7b --accelerate_config zero3", NULL, NULL,
		  &found);
	assert_says(&found, DSFIT_SAYS_ZERO, "3", NULL);
	dsfit_script_found_free(&found);
	read_with("torchrun -m verl.trainer.fsdp_sft_trainer data.micro_batch_size=4 "
		  "model.partial_pretrain=x/llama-7b\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_ZERO, "3", NULL);
	dsfit_script_found_free(&found);
	read_with("xtuner train internlm2_chat_7b_qlora --deepspeed deepspeed_zero2", NULL, NULL,
		  &found);
	assert_says(&found, DSFIT_SAYS_ZERO, "2", NULL);
	assert_says(&found, DSFIT_SAYS_METHOD, "qlora", "line 1");
	dsfit_script_found_free(&found);
}
END_TEST

START_TEST(contradictions_are_said)
{
	static const char *const files[] = {
		"ds.json", "{\"train_micro_batch_size_per_gpu\": 4, \"zero_optimization\": "
		"{\"stage\": 2, \"offload_optimizer\": {\"device\": \"cpu\"}}}", NULL };
	struct dsfit_script_found found;

	read_with("#SBATCH --gres=gpu:4 --nodes=2\n#SBATCH --mem=16G\n"
		  "deepspeed --num_nodes 1 --num_gpus 1 train.py --per_device_train_batch_size 2 "
		  "--deepspeed ds.json --model_name_or_path x/llama-7b\n", files, NULL, &found);
	ck_assert_uint_eq(found.warnings, 4);
	ck_assert_str_eq(found.warning[0], "micro-batch 2 (line 3), but 4 in ds.json: "
			 "train_micro_batch_size_per_gpu: make them equal");
	ck_assert_str_eq(found.warning[1], "line 1 asks for 4 GPUs per node, and 1 is started "
			 "(line 3): ask for 1, or start more");
	ck_assert_str_eq(found.warning[2], "line 1 asks for 2 nodes, and the training starts on 1: "
			 "ask for 1, or start it by srun on each");
	ck_assert_ptr_nonnull(strstr(found.warning[3], "the optimizer of 7.0B in host memory"));
	dsfit_script_found_free(&found);
	/* The other node has a step of its own. */
	read_with("#SBATCH --gres=gpu:4 --nodes=2\nsrun -N1 bash serve.sh &\n"
		  "srun -N 1 torchrun --nproc_per_node 4 train.py "
		  "--model_name_or_path x/llama-7b\n", NULL, NULL, &found);
	ck_assert_uint_eq(found.warnings, 0);
	dsfit_script_found_free(&found);
	read_with("#SBATCH --gres=gpu:4 --nodes=2\nsrun -N2 torchrun --nnodes 1 "
		  "--nproc_per_node 4 train.py --model_name_or_path x/llama-7b\n", NULL, NULL,
		  &found);
	ck_assert_uint_eq(found.warnings, 1);
	dsfit_script_found_free(&found);
}
END_TEST

/* What a setting says, and what it does not. NULL: nothing. */
START_TEST(what_settings_say)
{
	static const struct {
		const char *command;
		enum dsfit_script_field field;
		const char *text;
	} rows[] = {
		/* Sections that are about something else. */
		{ "--actor.model_name_or_path x/llama-7b --reward.model_name_or_path y/llama-70b",
		  DSFIT_SAYS_MODEL, "x/llama-7b" },
		{ "--train.micro_batch_size 8 --rollout.micro_batch_size 16",
		  DSFIT_SAYS_MICRO_BATCH, "8" },
		{ "a.rollout.tensor_model_parallel_size=2", DSFIT_SAYS_TENSOR, NULL },
		{ "a.ref.fsdp_config.param_offload=True", DSFIT_SAYS_OFFLOAD_PARAM, NULL },
		{ "a.actor.fsdp_config.optimizer_offload=True", DSFIT_SAYS_OFFLOAD_OPTIMIZER,
		  "cpu" },
		/* A shape says more than where weights come from and go to. */
		{ "--num_layers=32 --hidden_width=1024 --checkpoint_dir=./checkpoints",
		  DSFIT_SAYS_MODEL, "32 layers x 1024" },
		{ "--num-layers 32 --hidden-size 1024 --hf-checkpoint /x/mistral/m.safetensors",
		  DSFIT_SAYS_MODEL, "32 layers x 1024" },
		{ "--model_type gpt2 --config_overrides 'n_layer=24,n_embd=1024,x=?'",
		  DSFIT_SAYS_MODEL, "24 layers x 1024" },
		{ "--checkpoint_dir ./out", DSFIT_SAYS_MODEL, NULL },
		{ "--model-name gpt-news-model", DSFIT_SAYS_MODEL, NULL },
		{ "--config_name facebook/esm2_t30_150M", DSFIT_SAYS_MODEL,
		  "facebook/esm2_t30_150M" },
		{ "--config-name=llama_7b", DSFIT_SAYS_MODEL, NULL },
		{ "--sharding_strategy=full", DSFIT_SAYS_ZERO, "3" },
		{ "--sharding_strategy=hybrid", DSFIT_SAYS_ZERO, "3" },
		{ "--plugin zero2_cpu", DSFIT_SAYS_OFFLOAD_OPTIMIZER, "cpu" },
		{ "--plugin gemini --grad_checkpoint", DSFIT_SAYS_ZERO, "3" },
		{ "--use-distributed-optimizer", DSFIT_SAYS_ZERO, "1" },
		{ "--use-distributed-optimizer --zero-stage 2", DSFIT_SAYS_ZERO, "2" },
		{ "--use-distributed-optimizer false", DSFIT_SAYS_ZERO, NULL },
		/* How large experts are is not told by a shape. */
		{ "--num-layers 32 --hidden-size 4096 --num-experts 8", DSFIT_SAYS_MODEL, NULL },
		{ "--num-layers 32 --hidden-size 4096 --num-experts 1", DSFIT_SAYS_MODEL,
		  "32 layers x 4096" },
		{ "--num_experts 8 --num_layers 32 --hidden_size 4096 --model x/mixtral",
		  DSFIT_SAYS_MODEL, "x/mixtral" },
		/* A cache whose place is known has the model; else its name is told. */
		{ "--model_path $C/hub/models--x--llama-7b/snapshots/1a", DSFIT_SAYS_MODEL,
		  "x/llama-7b" },
		{ "--base $C/hub/models--x--opus/snapshots/1a", DSFIT_SAYS_MODEL, "x/opus" },
		{ "--model_path /c/hub/models--x--llama-7b/snapshots/1a", DSFIT_SAYS_MODEL,
		  "/c/hub/models--x--llama-7b/snapshots/1a" },
		{ "--model_path $C/models--${O}--llama-7b/1a", DSFIT_SAYS_MODEL,
		  "$C/models--${O}--llama-7b/1a" },
		{ "--model_path $C/models--x/llama-7b", DSFIT_SAYS_MODEL,
		  "$C/models--x/llama-7b" },
		/* What is about adapters speaks against all parameters. */
		{ "--model x/llama-7b --lora_alpha 8", DSFIT_SAYS_METHOD, NULL },
		{ "--model x/llama-7b --peft.kind 8", DSFIT_SAYS_METHOD, NULL },
		{ "--model x/llama-7b --lora_alpha 8 --use_lora false", DSFIT_SAYS_METHOD,
		  "full" },
		{ "--model x/llama-7b --adapter_path none", DSFIT_SAYS_METHOD, "full" },
		{ "--model x/llama-7b --is_peft true", DSFIT_SAYS_METHOD, "lora" },
		/* The length is 512; a tokenizer may cut off earlier. */
		{ "--model_max_length 4096", DSFIT_SAYS_SEQUENCE, "512" },
		{ "--model_max_length 256", DSFIT_SAYS_SEQUENCE, "256" },
		{ "--model_max_length 8", DSFIT_SAYS_SEQUENCE, "512" },
		{ "--train_batch_size 128 --train_batch_size_per_device 2", DSFIT_SAYS_MICRO_BATCH,
		  "2" },
		{ "infrastructure.parallelism=fsdp_full_shard", DSFIT_SAYS_ZERO, "3" },
		/* Batches of tokens. */
		{ "--micro_batch_size 8192", DSFIT_SAYS_MICRO_BATCH, NULL },
		{ "--micro_batch_size 4 a.use_dynamic_bsz=true", DSFIT_SAYS_MICRO_BATCH, NULL },
		{ "--micro_batch_size 4 a.use_dynamic_bsz=false", DSFIT_SAYS_MICRO_BATCH, "4" },
	};
	struct dsfit_script_found found;
	char script[512];

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		snprintf(script, sizeof(script), "torchrun train.py --lr 1 --seq-length 512 %s\n",
			 rows[i].command);
		read_with(script, NULL, NULL, &found);
		ck_assert_msg(!strcmp(found.fact[rows[i].field].sure ?
				      found.fact[rows[i].field].text : "",
				      rows[i].text ? rows[i].text : ""), "%s: %s",
			      rows[i].command, found.fact[rows[i].field].text);
		dsfit_script_found_free(&found);
	}
}
END_TEST

/* Megatron stops where the whole batch is no multiple of what all copies take at once. */
START_TEST(batches_that_do_not_go_up)
{
	static const char *const command =
		"#SBATCH -N 2 --gpus-per-node=8 --ntasks-per-node=8\n"
		"srun python pretrain_gpt.py --num-layers 24 --hidden-size 2048 --lr 1 "
		"--micro-batch-size 8 --tensor-model-parallel-size 2 "
		"--global-batch-size %u --context-parallel-size %u\n";
	struct dsfit_script_found found;
	char script[512];

	snprintf(script, sizeof(script), command, 32, 1);
	read_with(script, NULL, NULL, &found);
	ck_assert_uint_eq(found.warnings, 1);
	ck_assert_str_eq(found.warning[0],
			 "global batch 32 (line 2), but micro-batch 8 (line 2) on 8 GPUs or groups "
			 "of GPUs is 64 or a multiple: change one of them");
	dsfit_script_found_free(&found);
	snprintf(script, sizeof(script), command, 32, 2);
	read_with(script, NULL, NULL, &found);
	ck_assert_uint_eq(found.warnings, 0);
	assert_says(&found, DSFIT_SAYS_ACCUMULATION, "1", NULL);
	dsfit_script_found_free(&found);
	snprintf(script, sizeof(script), command, 32, 1000000);
	read_with(script, NULL, NULL, &found);
	ck_assert_uint_eq(found.warnings, 0);
	dsfit_script_found_free(&found);
}
END_TEST

/* A step's GPUs, not the job's, unless the script says which it sees. */
START_TEST(devices_of_a_step)
{
	static const char *const command =
		"#SBATCH --gpus-per-node=4\n%ssrun --gpus-per-node=2 deepspeed train.py "
		"--model_name_or_path x/llama-7b --lr 1\n";
	struct dsfit_script_found found;
	char script[256];

	snprintf(script, sizeof(script), command, "");
	read_with(script, NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "2", NULL);
	dsfit_script_found_free(&found);
	snprintf(script, sizeof(script), command, "export CUDA_VISIBLE_DEVICES=1\n");
	read_with(script, NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "1", NULL);
	dsfit_script_found_free(&found);
	read_with("#SBATCH --gpus-per-node=4\nCUDA_VISIBLE_DEVICES=0,1 llamafactory-cli train "
		  "--model_name_or_path x/llama-7b --lr 1\n", NULL, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "2", NULL);
	dsfit_script_found_free(&found);
}
END_TEST

/* nanotron's file has the copies of the model and the GPUs of each, as many as torchrun starts. */
START_TEST(devices_of_copies)
{
	static const char *const files[] = {
		"c.yaml", "model: {model_config: {hidden_size: 2048, num_hidden_layers: 24}}\n"
		"parallelism: {dp: 4, tp: 2, pp: 2}\noptimizer: {zero_stage: 1}\n"
		"tokens: {micro_batch_size: 4, sequence_length: 2048}\n",
		"d.yaml", "model: {model_config: {hidden_size: 2048, num_hidden_layers: 24}}\n"
		"parallelism: {dp: 3, tp: 1000001, pp: 2}\ntokens: {sequence_length: 2048}\n",
		NULL };
	static const char *const command = "#SBATCH -N 2\nsrun torchrun --nnodes 2 "
		"--nproc_per_node %s run_train.py --config-file %s.yaml\n";
	struct dsfit_script_found found;
	char script[256];

	snprintf(script, sizeof(script), command, "$(gpus)", "c");
	read_with(script, files, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "8", "c.yaml: parallelism.dp");
	assert_says(&found, DSFIT_SAYS_TENSOR, "2", NULL);
	dsfit_script_found_free(&found);
	snprintf(script, sizeof(script), command, "4", "c");
	read_with(script, files, NULL, &found);
	assert_says(&found, DSFIT_SAYS_GPUS_USED, "4", "line 2");
	dsfit_script_found_free(&found);
	snprintf(script, sizeof(script), command, "$(gpus)", "d");
	read_with(script, files, NULL, &found);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_TRAINING);
	ck_assert(!found.fact[DSFIT_SAYS_GPUS_USED].sure);
	dsfit_script_found_free(&found);
}
END_TEST

/* What a launcher starts in a script that is called so trains, whatever its own name is. */
START_TEST(scripts_of_trainings)
{
	static const char *const command =
		"torchrun --nproc_per_node 4 main.py --model_name x/llama-7b";
	static const char *const plain = "python main.py --model_name x/llama-7b";
	const char *const files[] = { "finetune_vlm.sh", command, "go.sh", command,
				      "prepare_training.sh", command, "train.sh", plain, NULL };
	struct dsfit_script_found found;

	read_with("bash finetune_vlm.sh\n", files, NULL, &found);
	ck_assert_int_eq(found.kind, DSFIT_SCRIPT_TRAINING);
	assert_says(&found, DSFIT_SAYS_MODEL, "x/llama-7b", NULL);
	dsfit_script_found_free(&found);
	for (unsigned i = 2; files[i]; i += 2) {
		char text[64];

		snprintf(text, sizeof(text), "bash %s\n", files[i]);
		read_with(text, files, NULL, &found);
		ck_assert_msg(found.kind == DSFIT_SCRIPT_OTHER, "%s", files[i]);
		dsfit_script_found_free(&found);
	}
}
END_TEST

/* Ray hands the work on to the other nodes. */
START_TEST(a_cluster_of_its_own_spans_the_nodes)
{
	static const char *const scripts[] = {
		"#SBATCH -N 2 --gres=gpu:8\nsrun --nodes=1 --ntasks=1 ray job submit -- "
		"python3 train.py --model_name_or_path x/llama-7b --lr 1\n",
		"#SBATCH -N 2 --gres=gpu:8\nsrun --nodes=1 --ntasks=1 python3 train_ppo_ray.py "
		"--pretrain x/llama-7b --micro_train_batch_size 1\n",
		"#SBATCH -N 2 --gres=gpu:8\nsrun --nodes=1 --ntasks=1 python3 -m "
		"verl.trainer.main_ppo actor_rollout_ref.model.path=x/llama-7b "
		"trainer.nnodes=2 trainer.n_gpus_per_node=8\n" };
	struct dsfit_script_found found;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(scripts); i++) {
		read_with(scripts[i], NULL, NULL, &found);
		assert_says(&found, DSFIT_SAYS_MODEL, "x/llama-7b", NULL);
		for (size_t w = 0; w < found.warnings; w++)
			ck_assert_ptr_null(strstr(found.warning[w], "asks for 2 nodes"));
		dsfit_script_found_free(&found);
	}
}
END_TEST

/* launchers.conf with `text` after it. Returns NULL with a line in err. */
static struct dsfit_launchers *load_with(const char *text, struct dsfit_error *err)
{
	char path[] = "launchers-XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	struct dsfit_launchers *l;

	ck_assert_ptr_nonnull(f);
	fprintf(f, "include(\"%s/launchers.conf\")\n%s", TEST_CONF, text);
	ck_assert_int_eq(fclose(f), 0);
	l = dsfit_launchers_load(path, NULL, err);
	unlink(path);
	return l;
}

/* ---- launchers.conf ------------------------------------------------------------------------- */

static void write_names(FILE *out, const struct dsfit_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		fprintf(out, "%s;", names->name[i]);
	fputc('\n', out);
}

/* All that the tables have, as text for the caller to free. */
static char *write_tables(const struct dsfit_launchers *l)
{
	const struct dsfit_names *lists[] = { &l->prefixes, &l->nothing.names,
					      &l->nothing_anywhere.names,
					      &l->nothing_scripts.names, &l->training.names,
					      &l->methods.names, &l->models.names,
					      &l->other_models.names, &l->sections_aside,
					      &l->variables };
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(lists); i++)
		write_names(out, lists[i]);
	for (size_t i = 0; i < l->launchers; i++) {
		const struct dsfit_launcher *a = &l->launcher[i];
		const struct dsfit_names *of[] = { &a->programs, &a->switches, &a->per_node,
						   &a->total, &a->nodes, &a->hosts, &a->files };

		fprintf(out, "%s %d\n", a->name, a->packaged);
		for (size_t n = 0; n < DSFIT_ARRAY_SIZE(of); n++)
			write_names(out, of[n]);
	}
	for (size_t i = 0; i < l->trainers; i++) {
		const struct dsfit_trainer *a = &l->trainer[i];

		fprintf(out, "%s %d %d\n", a->name, a->starts_all, a->spans_nodes);
		write_names(out, &a->programs);
		write_names(out, &a->marks);
		write_names(out, &a->defaults);
	}
	for (size_t i = 0; i < l->known.names.count; i++) {
		enum dsfit_meaning meaning;

		ck_assert(dsfit_launchers_meaning(l, l->known.names.name[i], &meaning));
		fprintf(out, "%s: %d\n", l->known.names.name[i], meaning);
	}
	fclose(out);
	return text;
}

/* What the file may say besides the shipped one, which it includes; and whether it is read without
 * libconfuse. */
static const struct {
	const char *text;
	bool is_quick;
} site_files[] = {
	{ "", true },
	{ "launcher \"x\" { programs = {\"x\", \"y z\",}\n per-node={} }", true },
	{ "trainer \"x\" { starts-all = true # spans-nodes = true\n spans-nodes=false }", true },
	{ "meaning \"zero of ours\" { names += {\"my_stage\"} }\n#", true },
	{ "training += {\"cook\"}", true },
	{ "meaning \"zero of ours\" { names = {\"lora_r\"} }", true },
	{ "training = {\"cook\"}", false },
	{ "launcher 'x' { programs = {x, 'y'} }", false },
	{ "launcher \"x\" { programs = {\"\\x41\"} }", false },
	{ "launcher \"x\" { programs = {\"${HOME}\"} }", false },
	{ "/* */ training += {\"cook\"} // so", false },
	{ "launcher \"x\" { packaged = true\n programs = {\"x\"} }", true },
	{ "launcher \"x\" { packaged = yes }", false },
	{ "trainer \"x\" { starts-all = on }", false },
	{ "launcher \"torchrun\" { programs = {\"x\"} }", false },
	{ "meaning \"nothing of it\" { names = {\"x\"} }", false },
	{ "training += {\"cook\"", false }, { "training += {\"cook", false },
	{ "training + = {\"cook\"}", false }, { "training += {\"a\" \"b\"}", false },
	{ "trainer \"x\" { starts-all = {\"y\"} }", false },
	{ "trainer \"x\" { programs = true }", false }, { "so = {\"y\"}", false },
	{ "launcher \"x\"", false }, { "include(\"nowhere.conf\")", false },
	{ "include(\"x\", \"y\")", false }, { "training", false }, { "training = ", false },
	{ "launcher \"x\" { include(\"y\") }", false },
};

/* One reader is libconfuse, which knows all that a file may have. The other is quicker, and reads
 * the same or nothing. */
START_TEST(launchers_are_read_alike)
{
	char path[] = "launchers-XXXXXX", *one, *other;
	FILE *f = fdopen(mkstemp(path), "w");
	struct dsfit_error err = { "" };
	struct dsfit_launchers *whole, *quick;

	ck_assert_ptr_nonnull(f);
	fprintf(f, "include(\"%s/launchers.conf\")\n%s", TEST_CONF, site_files[_i].text);
	ck_assert_int_eq(fclose(f), 0);
	quick = dsfit_launchers_quick(path, NULL);
	whole = dsfit_launchers_load_whole(path, NULL, &err);
	unlink(path);
	ck_assert_msg(!quick == !site_files[_i].is_quick, "%s", site_files[_i].text);
	if (!quick) {
		dsfit_launchers_free(whole);
		return;
	}
	ck_assert_msg(whole != NULL, "%s", err.text);
	one = write_tables(quick);
	other = write_tables(whole);
	ck_assert_str_eq(one, other);
	free(one);
	free(other);
	dsfit_launchers_free(quick);
	dsfit_launchers_free(whole);
}
END_TEST

START_TEST(launchers_that_include_themselves)
{
	const char *path = "launchers-of-itself.conf";
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fprintf(f, "include(\"%s\")\n", path);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_ptr_null(dsfit_launchers_quick(path, NULL));
	unlink(path);
	ck_assert_ptr_null(dsfit_launchers_quick("nowhere.conf", NULL));
}
END_TEST

/* What a site adds is found by a glance that knows its words. */
START_TEST(a_site_adds_its_own_launcher)
{
	struct dsfit_error err = { "" };
	struct dsfit_launchers *l = load_with("launcher \"x\" { programs = {\"Cook-LM\", "
					      "\"/opt/4bake run\", \"ourtorchrun\", \"go\"} }\n"
					      "trainer \"y\" { programs = {\"x.grow\"} }\n"
					      "training += {\"roast\", \"pretrains\"}", &err);
	static const char script[] = "srun bash -c 'cook-lm --model x/llama-7b'\n";
	char *words = dsfit_launchers_words(launchers);

	ck_assert_str_eq(words, "");
	free(words);
	ck_assert_msg(l != NULL, "%s", err.text);
	words = dsfit_launchers_words(l);
	ck_assert_str_eq(words, "cook-lm,bake,ourtorchrun,x.grow,roast");
	ck_assert(!dsfit_script_may_train(script, strlen(script), NULL));
	ck_assert(!dsfit_script_may_train(script, strlen(script), "book,cooklm,"));
	ck_assert(dsfit_script_may_train(script, strlen(script), words));
	free(words);
	dsfit_launchers_free(l);
}
END_TEST

/* Of trainers that have one flag as a mark, the first counts. */
START_TEST(the_first_trainer_counts)
{
	struct dsfit_error err = { "" };
	struct dsfit_launchers *l = load_with("trainer \"Ours\" { programs = {\"our tune\"}\n"
					      "\tmarks = {\"double_quant\", \"ours\"} }\n",
					      &err);
	const struct dsfit_program *one;
	size_t count = 0;

	ck_assert_msg(l != NULL, "%s", err.text);
	ck_assert_str_eq(dsfit_launchers_marked(l, "double_quant")->name, "QLoRA");
	ck_assert_str_eq(dsfit_launchers_marked(l, "ours")->name, "Ours");
	ck_assert_ptr_null(dsfit_launchers_marked(l, "theirs"));
	for (one = dsfit_launchers_programs(l, "lightning"); one; one = one->next)
		count += one->launcher && !strcmp(one->launcher->name, "lightning run");
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(dsfit_launchers_programs(l, "our")->trainer->name, "Ours");
	ck_assert_ptr_nonnull(dsfit_launchers_programs(l, "grpo_fast.py"));
	ck_assert_ptr_null(dsfit_launchers_programs(l, "our tune"));
	dsfit_launchers_free(l);
}
END_TEST

START_TEST(a_site_adds_its_own_names)
{
	struct dsfit_error err = { "" };
	struct dsfit_launchers *l = load_with("meaning \"micro-batch of ours\" "
					      "{ names = {\"samples_per_card\"} }\n", &err);
	enum dsfit_meaning meaning;

	ck_assert_msg(l != NULL, "%s", err.text);
	ck_assert(dsfit_launchers_meaning(l, "samples_per_card", &meaning));
	ck_assert_int_eq(meaning, DSFIT_MEANS_MICRO_BATCH);
	ck_assert(dsfit_launchers_meaning(l, "per_device_train_batch_size", &meaning));
	ck_assert_int_eq(meaning, DSFIT_MEANS_MICRO_BATCH);
	dsfit_launchers_free(l);
	ck_assert_ptr_null(load_with("meaning \"micro-batch\" { names = {\"x\"} }\n", &err));
	ck_assert_ptr_nonnull(strstr(err.text, "micro-batch"));
}
END_TEST

static const char *const trains_nothing[] = {
	"python -m vllm.entrypoints.openai.api_server --model mistralai/Mixtral-8x7B-v0.1\n",
	"deepspeed finetune.py --model_name_or_path x/llama-7b --do_train false --do_predict\n",
	"lm_eval --model hf --model_args pretrained=x/llama-7b --batch_size 8\n",
	"torchrun --nproc_per_node 2 main.py --arch resnet50 --batch-size 256 --lr 0.1 --fp16\n",
	"./solve --batch_size 4096 --hidden-size 128 --num-layers 4\n",
	"python generate.py --model_name_or_path x/llama-7b --per_device_eval_batch_size 1\n",
	"accelerate launch train_lora.py --pretrained_model_name_or_path acme/FLUX.1-dev "
	"--train_batch_size 1 --gradient_checkpointing --learning_rate 1e-4\n",
	"accelerate launch train_lora.py --pretrained_model_name_or_path acme/klein-4B "
	"--train_batch_size 1 --resolution 1024 --learning_rate 1e-4\n",
	"torchrun run_speech.py --model_name_or_path openai/whisper-small --fp16 "
	"--per_device_train_batch_size 16 --learning_rate 1e-5\n",
	"python -m openrlhf.cli.serve_rm --model_name_or_path x/llama-8b-rm --port 5000 "
	"--max_len 8192 --batch_size 16 --bf16\n",
	"python eval_dpo.py --model_name_or_path x/llama-8b --batch_size 16 --max_steps 9\n",
	"python run_clm.py --no_cuda --model_name_or_path gpt2-medium --block_size 1024 "
	"--per_device_train_batch_size 4 --learning_rate 1e-5\n",
	"srun python train.py\n", "srun gmx_mpi mdrun -nb gpu\n",
	"echo python train.py --model llama-7b --lr 1\n", "",
};

START_TEST(what_trains_nothing_says_nothing)
{
	struct dsfit_script_found found;

	read_with(trains_nothing[_i], NULL, NULL, &found);
	ck_assert_msg(found.kind != DSFIT_SCRIPT_TRAINING, "%s", trains_nothing[_i]);
	dsfit_script_found_free(&found);
}
END_TEST

/* ---- the command ---------------------------------------------------------------------------- */

/* What "dsfit read" prints of a script, and its status. */
static int run_command(const char *options, const char *script, char *output, size_t size)
{
	char name[] = "/tmp/dsfit-script-XXXXXX", command[512];
	int fd = mkstemp(name);
	size_t length;
	FILE *out;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, script, strlen(script)), (ssize_t)strlen(script));
	close(fd);
	snprintf(command, sizeof(command), "cd /tmp && DSFIT_CONF=" TEST_CONF "/dsfit.conf "
		 TEST_COMMAND " read %s %s 2>&1", options, *script ? name + 5 : "");
	out = popen(command, "r");
	ck_assert_ptr_nonnull(out);
	length = fread(output, 1, size - 1, out);
	output[length] = '\0';
	fd = pclose(out);
	unlink(name);
	return WEXITSTATUS(fd);
}

static void assert_prints(const char *script, int status, const char *text)
{
	char output[4096];

	ck_assert_int_eq(run_command("", script, output, sizeof(output)), status);
	ck_assert_msg(strstr(output, text) != NULL, "%s\nnot: %s", output, text);
}

START_TEST(the_command_says_what_it_understands)
{
	static const char training[] = "#SBATCH --gres=gpu:2\ntorchrun --nproc_per_node 4 "
		"train.py --model_name_or_path x/llama-7b --lr 1 --prompt_tuning\n";

	assert_prints(training, 0, ": line 2 starts a training by torchrun\n");
	assert_prints(training, 0, "  not told: zero, micro batch, ");
	assert_prints(training, 0, "prompt tuning");
	assert_prints(training, 0, "\nTo declare it, put into the script:\n#SBATCH "
		      "--ds-model=x/llama-7b\n");
	assert_prints(training, 0, "line 1 asks for 2 GPUs per node, and 4 processes are started "
		      "on each (line 2): ask for 4");
	assert_prints("torchrun train_mem.py --model_name_or_path x/llama-7b --lr 1 "
		      "--tune_mm_mlp_adapter True\n", 0, "projector only");
	assert_prints("srun python train.py\n", 1,
		      ": something may be trained, but nothing tells what\n");
	assert_prints("python - <<E\nx\nE\ntorchrun train.py --model_name_or_path x/llama-7b "
		      "--deepspeed nowhere/ds.json --config nowhere/c.yaml\n", 0,
		      "\n  not read: nowhere/ds.json (line 4): it is not there, or has no "
		      "settings; python code in line 1, which is not read, may write it\n");
	assert_prints("python -c 'import torch'\npython <<< x\npython -c 'json.dump(x, f)'\n"
		      "accelerate launch --config_file nowhere/$1.yaml train.py\n", 1,
		      "\n  not read: nowhere/$1.yaml (line 4): it is not there, or has no "
		      "settings; python code in line 2, which is not read, may write it\n");
	assert_prints("python -c 'import torch'\nsrun python train.py nowhere/c.yaml\n", 1,
		      "\n  not read: nowhere/c.yaml (line 2): it is not there, or has no "
		      "settings\n");
	assert_prints("python -m verl.trainer.main_ppo --config-path=c --config-name=ppo a.lr=1 "
		      "b.model.path=x/llama-7b\n", 0,
		      "optimizer, gpus used per node\n\nTo declare");
	assert_prints("torchrun train.py --lr 1 --config_path nowhere --config_name c\n", 1,
		      "\n  not read: c (line 1): it is not there, or has no settings\n");
	assert_prints("srun gmx_mpi mdrun\n", 1, ": trains no language model\n");
	assert_prints("#!/bin/sh\n#SBATCH --ds-model=13B -N1\nsrun python train.py\n", 1,
		      ": line 2 declares the job by --ds- options, which count; this is what its "
		      "commands tell:\n");
	/* sbatch hands the user's variables on to the job. */
	setenv("TEST_MODEL", "x/llama-13b", 1);
	assert_prints("torchrun train.py --lr 1 --model_name_or_path ${TEST_MODEL:-x/llama-7b}\n",
		      0, "  x/llama-13b");
	assert_prints("", 2, "a script is needed");
}
END_TEST

/* A long value in which a word is replaced is no reason to stop. */
START_TEST(long_values_are_changed)
{
	static const char *const changes[] = {
		"${X//some.actor.word/critic}", "${X//some.actor.[a-z]ord/c}", "${X%%more.?}",
		"${X##some.actor}",
	};
	struct dsfit_script_found found;
	char text[20000], *to;

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(changes); i++) {
		to = text + sprintf(text, "X=\"");
		while (to < text + 16000)
			to += sprintf(to, "some.actor.word.parallel_size=1 \\\n");
		sprintf(to, "\"\nY=%s\npython sft.py --model_name_or_path x/llama-7b --lr 1\n",
			changes[i]);
		read_with(text, NULL, NULL, &found);
		ck_assert_msg(!found.stopped, "%s", changes[i]);
		assert_says(&found, DSFIT_SAYS_MODEL, "x/llama-7b", NULL);
		dsfit_script_found_free(&found);
	}
}
END_TEST

/* Texts that were made to take long: each ends, within the work that its length allows. */
START_TEST(nothing_takes_long)
{
	static const char *const pieces[] = { "x=\"$x ab\"\ny=${x//a?/b}\n",
		"case $x in a) y=1;; *) y=2;; esac\n", "q; y=$?\n",
		"$(", "$'", "${", "$((", "(", "\"", "`", "if x; then ",
		"a|", "a && ", "> ", "<<E\n", "x=\"$x$x y\"\n", "f() { f; f; }; f\n",
		"eval \"$x\"\n",
		"for i in 1 2 3 4 5; do ", "case x in a) ", "[[ ( ", "-",
		"while true; do x; done\n" };
	char *text = malloc(100001);

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(pieces); i++) {
		struct dsfit_script_found found;
		size_t length = strlen(pieces[i]);

		for (size_t at = 0; at < 100000; at++)
			text[at] = pieces[i][at % length];
		text[100000] = '\0';
		read_with(text, NULL, NULL, &found);
		dsfit_script_found_free(&found);
	}
	free(text);
}
END_TEST

/* ---- before it is read ---------------------------------------------------------------------- */

/* What is worth reading, and the scripts that it names. */
static const struct {
	const char *text;
	bool may_train;
	const char *scripts;
} glances[] = {
	{ "", false, "" }, { "hostname", false, "" }, { "# train here\nhostname", false, "" },
	{ "  \t# torchrun\n", false, "" }, { "echo;TorchRun x", true, "" },
	{ "srun python -m torch.distributed.run x.py", true, "" },
	{ "sbatch --constraint=x; desktop support exploration fortune", false, "" },
	{ "python myTrain.py", true, "" }, { "python my_train.py", true, "" },
	{ "python torch.py --distributed", false, "" }, { "python run.py --lora", true, "" },
	{ "bash ./run.sh a; . 'b c/x.bash'\n/opt/y.slurm>z.sh.txt x.sh", false,
	  "./run.sh c/x.bash /opt/y.slurm x.sh " },
	{ ".sh x.shx", false, "" }, { "trai", false, "" }, { "x=\"$y/go.sh\"", false, "$y/go.sh " },
};

START_TEST(test_glances)
{
	const char *text = glances[_i].text, *end = text + strlen(text);
	char scripts[128] = "";
	size_t length;

	ck_assert_int_eq(dsfit_script_may_train(text, strlen(text), NULL), glances[_i].may_train);
	while ((length = dsfit_script_next_script(&text, end))) {
		snprintf(scripts + strlen(scripts), sizeof(scripts) - strlen(scripts), "%.*s ",
			 (int)length, text);
		text += length;
	}
	ck_assert_str_eq(scripts, glances[_i].scripts);
}
END_TEST

/* Every training that the tables know of is worth reading. */
START_TEST(test_glances_at_programs)
{
	for (size_t i = 0; i < launchers->launchers; i++) {
		const struct dsfit_names *programs = &launchers->launcher[i].programs;

		for (size_t n = 0; n < programs->count; n++)
			/* Too short a word to look for; its flags have others. */
			ck_assert_msg(!strcmp(programs->name[n], "ds") ||
				      dsfit_script_may_train(programs->name[n],
							     strlen(programs->name[n]), NULL),
				      "%s", programs->name[n]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("script");
	TCase *cases = unit_case(suite, "script");

	tcase_add_unchecked_fixture(cases, load, unload);
	tcase_add_loop_test(cases, shell_is_followed, 0, DSFIT_ARRAY_SIZE(shell));
	tcase_add_test(cases, values_keep_their_lines);
	tcase_add_test(cases, arguments_and_arrays);
	tcase_add_test(cases, wrappers_and_files_that_are_written);
	tcase_add_test(cases, spellings);
	tcase_add_test(cases, other_networks);
	tcase_add_test(cases, grids);
	tcase_add_test(cases, sets_take_work);
	tcase_add_test(cases, files_that_are_edited);
	tcase_add_test(cases, ways_that_differ);
	tcase_add_test(cases, references_in_files);
	tcase_add_test(cases, toml);
	tcase_add_test(cases, documents_with_what_is_not_known);
	tcase_add_test(cases, what_settings_say);
	tcase_add_test(cases, batches_that_do_not_go_up);
	tcase_add_test(cases, scripts_of_trainings);
	tcase_add_test(cases, devices_of_a_step);
	tcase_add_test(cases, devices_of_copies);
	tcase_add_test(cases, recipes);
	tcase_add_test(cases, commands_of_their_own);
	tcase_add_test(cases, evaluations);
	tcase_add_test(cases, programs_are_no_scripts);
	tcase_add_test(cases, programs_of_their_own);
	tcase_add_test(cases, contradictions_are_said);
	tcase_add_test(cases, a_cluster_of_its_own_spans_the_nodes);
	tcase_add_loop_test(cases, launchers_are_read_alike, 0, DSFIT_ARRAY_SIZE(site_files));
	tcase_add_test(cases, launchers_that_include_themselves);
	tcase_add_test(cases, a_site_adds_its_own_launcher);
	tcase_add_test(cases, the_first_trainer_counts);
	tcase_add_test(cases, a_site_adds_its_own_names);
	tcase_add_loop_test(cases, what_trains_nothing_says_nothing, 0,
			    DSFIT_ARRAY_SIZE(trains_nothing));
	tcase_add_test(cases, the_command_says_what_it_understands);
	tcase_add_test(cases, long_values_are_changed);
	tcase_add_test(cases, nothing_takes_long);
	tcase_add_loop_test(cases, test_glances, 0, DSFIT_ARRAY_SIZE(glances));
	tcase_add_test(cases, test_glances_at_programs);
	return unit_run(suite);
}
