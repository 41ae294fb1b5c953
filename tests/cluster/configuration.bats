#!/usr/bin/env bats
# dsfit.conf missing or wrong: one warning with file and line, the job goes through as asked.

load helpers

# The submit host alone: the controller has a configuration of its own.
setup_file() {
	other_cluster spank
}

misfit=(-N1 --gpus-per-node=a100:4)

# warns REGEX: with ./dsfit.conf dsfit says one line, which matches, and does nothing else.
warns() {
	with_conf "$PWD/dsfit.conf"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	is "$(said | wc -l)" 1
	matches "$(said)" "$1"
	as_asked "${misfit[@]}"
}

# line REGEX: the number of the first line of ./dsfit.conf that matches.
line() {
	grep -n -m1 "$1" dsfit.conf | cut -d: -f1
}

@test "missing" {
	warns "^not sized: $PWD/dsfit.conf: No such file"
}

@test "an unknown key" {
	edited_conf 's/^mode = correct/colour = blue/'
	warns "^not sized: $PWD/dsfit.conf:$(line '^colour'): .*colour"
}

@test "an unknown key in a section" {
	edited_conf '/^nodes "h100"/a\	colour = blue'
	warns "^not sized: $PWD/dsfit.conf:$(line colour): .*colour"
}

@test "an unknown value" {
	edited_conf 's/^mode = correct/mode = corect/'
	warns "^not sized: $PWD/dsfit.conf:$(line corect): mode = corect: did you mean correct\? must be one of off, advise, correct, reject"
}

@test "a size that is none" {
	edited_conf 's/memory = 512000MiB/memory = plenty/'
	warns "^not sized: $PWD/dsfit.conf:$(line plenty): memory = plenty: must be"
}

@test "broken" {
	edited_conf '$a partition "more" {'
	warns "^not sized: $PWD/dsfit.conf:$(line '"more"'): missing closing brace"
}

@test "a string that does not end" {
	edited_conf '$a partition "more'
	warns "^not sized: $PWD/dsfit.conf:$(line '"more'): "
}

@test "an included file missing" {
	edited_conf 's/^include("gpus.conf")/include("cards.conf")/'
	warns "^not sized: $PWD/dsfit.conf:$(line cards): .*cards.conf: No such file"
}

@test "an included file broken" {
	edited_conf 's/^mode = correct/mode = advise/'
	sed -i 's/^gpu "a100" {/&\ncolour = blue/' gpus.conf
	warns "^not sized: $PWD/gpus.conf:$(grep -n colour gpus.conf | cut -d: -f1): .*colour"
}

@test "a folder, a device" {
	mkdir dsfit.conf
	warns "^not sized: $PWD/dsfit.conf: "
	rmdir dsfit.conf
	ln -s /dev/zero dsfit.conf
	warns "^not sized: $PWD/dsfit.conf: a device, not a regular file"
}

@test "a node class with a GPU that nobody knows" {
	edited_conf 's/gpu = rtx4090/gpu = rtx4091/'
	warns "^not sized: $PWD/dsfit.conf:[0-9]+: nodes \"ws\": gpu"
}

@test "empty: nothing is known of the site" {
	: >dsfit.conf
	with_conf "$PWD/dsfit.conf"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	matches "$(said)" "^not sized: $PWD/dsfit.conf: this configuration has no nodes yet"
	as_asked "${misfit[@]}"
}

@test "no model to go by" {
	sed 's/reference = true/reference = false/' "$root/conf/models.conf" >models.conf
	cp "$root"/conf/{dsfit,gpus,families,hub}.conf .
	with_conf "$PWD/dsfit.conf"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	matches "$(said)" "^not sized: $PWD/dsfit.conf: no model has reference = true"
	as_asked "${misfit[@]}"
}

@test "salloc and srun" {
	echo 'colour = blue' >dsfit.conf
	with_conf "$PWD/dsfit.conf"
	run_salloc "${too_big[@]}" "${misfit[@]}" true
	is "$status" 0
	matches "$(said)" "^not sized: $PWD/dsfit.conf:1: .*colour"
	run_srun "${too_big[@]}" "${misfit[@]}" echo ran
	is "$output" ran
	matches "$(said)" "^not sized: $PWD/dsfit.conf:1: .*colour"
}

@test "plugstack.conf: an argument that is not known" {
	with_conf "$(demo_conf) colour=blue"
	run_sbatch_hold "${too_big[@]}" "${misfit[@]}"
	submitted
	matches "$(said)" 'unknown argument colour=blue; there are conf=FILE and words=WORD,\.\.\.'
	corrected
}
