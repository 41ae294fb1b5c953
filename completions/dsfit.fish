# Completes dsfit in fish; slurm_dsfit.fish has the --ds- options of sbatch, salloc and srun.
# Commands and options come from the command's own --help; values that are lists are below.

# The values of an option, one a line.
function __dsfit_values
    switch $argv[1]
        case zero
            printf '%s\n' 0 1 2 3
        case method
            printf '%s\n' full lora qlora
        case precision
            printf '%s\n' bf16 fp16 bf16-true fp32
        case optimizer
            printf '%s\n' adamw adam8bit paged-adam8bit lion sgd sgd-momentum adafactor muon
        case checkpointing
            printf '%s\n' none selective full
        case attention
            printf '%s\n' flash eager
        case goal
            printf '%s\n' development experiment production
        case fit
            printf '%s\n' off advise correct reject
        case explain
            printf '%s\n' short full
        case base-weights
            printf '%s\n' fp32 bf16 int8 nf4 nf4-dq gptq4
        case lora-targets
            printf '%s\n' qv attention all-linear
        case engine
            printf '%s\n' deepspeed fsdp none
        case sweep
            printf '%s\n' gpus batch seq
        case solve
            printf '%s\n' batch seq model
        case offload
            printf '%s\n' none cpu nvme optimizer: param:
        case parallel
            printf '%s\n' tensor: pipeline: expert: sequence:
        case model
            __dsfit_names models
            __fish_complete_path (commandline -ct | string replace -r '^--[^=]*=' '')
        case gpu
            __dsfit_names gpus
        case config conf from svg html
            __fish_complete_path (commandline -ct | string replace -r '^--[^=]*=' '')
    end
end

# The names of models, or gpus, that are known.
function __dsfit_names
    dsfit $argv[1] --json 2>/dev/null | string match -rg '"name": *"([^"]*)"'
end

# The subcommand that is typed, if there is one.
function __dsfit_command
    set -l words (commandline -opc)
    set -q words[2]; and echo $words[2]
end

function __dsfit_is
    contains -- (__dsfit_command) $argv
end

# What is being typed: an option without a value, or no option at all.
function __dsfit_at_option
    string match -q -- '-*' (commandline -ct)
    and not string match -q -- '*=*' (commandline -ct)
end

function __dsfit_at_word
    not string match -q -- '-*' (commandline -ct)
end

function __dsfit_commands
    dsfit help 2>/dev/null | string match -rg '^  ([a-z]+) +(.*)' | paste - -
end

# The options of the subcommand, with "=" where they take a value, and what they are.
function __dsfit_options
    dsfit (__dsfit_command) --help 2>/dev/null |
        string match -rg '^ {2,6}(?:-., )?(--[a-z-]+=?)\S* *(.*)' | paste - -
end

# The values behind "--option=", with what is typed before them.
function __dsfit_option_values
    set -l option (commandline -ct | string match -rg -- '^--(?:ds-)?([a-z-]+)=')
    or return
    set -l before (commandline -ct | string match -r -- '^--[a-z-]+=')
    __dsfit_values $option | string replace -r '^' -- $before
end

complete -c dsfit -f
complete -c dsfit -n 'not __dsfit_command' -a '(__dsfit_commands)'
complete -c dsfit -n 'not __dsfit_command' -a 'help --help --version'
complete -c dsfit -n '__dsfit_is help' -a '(__dsfit_commands)'
complete -c dsfit -n __dsfit_at_option -a '(__dsfit_options)'
complete -c dsfit -n 'not __dsfit_at_word; and not __dsfit_at_option' -a '(__dsfit_option_values)'
# A model, a script, a job, a GPU.
complete -c dsfit -n '__dsfit_at_word; and __dsfit_is size plan models' -a '(__dsfit_names models)'
complete -c dsfit -n '__dsfit_at_word; and __dsfit_is size plan read' -F
complete -c dsfit -n '__dsfit_at_word; and __dsfit_is gpus' -a '(__dsfit_names gpus)'
complete -c dsfit -n '__dsfit_at_word; and __dsfit_is why' \
    -a '(squeue --me -h -o "%i\t%j" 2>/dev/null)'
