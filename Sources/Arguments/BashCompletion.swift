/// The completion script for bash 4.3 and later; it needs nothing of the bash-completion package.
enum BashCompletion {
  static func render(_ model: CompletionModel) -> String {
    let name = model.function
    var script = """
      # bash completion for \(model.program), made from its command table: do not edit.

      # What can follow the words typed so far.
      \(name)_words() {
        case $1 in

      """
    for (path, words) in model.words {
      script += "    \(quote(path))) REPLY=\(quote(words.map(\.text).joined(separator: " "))) ;;\n"
    }
    script += """
          *) REPLY='' ;;
        esac
      }

      # The command that the words typed so far name.
      \(name)_command() {
        case $1 in

      """
    for (typed, command) in model.names { script += "    \(quote(typed))) REPLY=\(quote(command)) ;;\n" }
    script += """
          *) REPLY='' ;;
        esac
      }

      # The command that a noun stands for alone.
      \(name)_default() {
        case $1 in

      """
    for (noun, command) in model.defaults { script += "    \(quote(noun))) REPLY=\(quote(command)) ;;\n" }
    script += """
          *) REPLY='' ;;
        esac
      }

      # The options of a command.
      \(name)_options() {
        case $1 in

      """
    for command in model.commands where !command.options.isEmpty {
      script += "    \(quote(command.name))) REPLY=\(quote(spellings(command))) ;;\n"
    }
    script += """
          *) REPLY='' ;;
        esac
      }

      # The values of an option: fails for one that takes none.
      \(name)_value() {
        case "$1 $2" in

      """
    for command in model.commands + [model.globals] {
      for (spellings, values, _) in command.options {
        guard let values else { continue }
        let patterns = spellings.map { command.name.isEmpty ? "*" + quote(" " + $0) : quote("\(command.name) \($0)") }
        script += "    \(patterns.joined(separator: "|"))) REPLY=\(quote(values.text)) ;;\n"
      }
    }
    script += """
          *) REPLY=''; return 1 ;;
        esac
      }

      # The values of an operand, counted from 0.
      \(name)_operand() {
        case "$1 $2" in

      """
    for command in model.commands {
      for (position, operand) in command.operands.enumerated() {
        let pattern = operand.isRepeated ? quote("\(command.name) ") + "[0-9]*" : quote("\(command.name) \(position)")
        script += "    \(pattern)) REPLY=\(quote(operand.values.text)) ;;\n"
      }
    }
    return script + driver(model, name)
  }

  private static func spellings(_ command: CompletionModel.Command) -> String {
    command.options.flatMap(\.spellings).joined(separator: " ")
  }

  private static func quote(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  private static func driver(_ model: CompletionModel, _ name: String) -> String {
    let completer = ([model.program] + model.completer).joined(separator: " ")
    return #"""
          *) REPLY='-' ;;
        esac
      }

      # VALUES CURRENT OPERANDS: fills COMPREPLY.
      \#(name)_offer() {
        local IFS=$' \t\n' line
        case $1 in
          'w '*) COMPREPLY=($(compgen -W "${1#w }" -- "$2")) ;;
          'l '*)
            # Several, parted by commas: the ones before stay, and are not offered again.
            local kept='' offered=''
            [[ $2 == *,* ]] && kept=${2%,*},
            for line in ${1#l }; do [[ ,$kept == *,"$line",* ]] || offered+=" $kept$line"; done
            compopt -o nospace 2>/dev/null
            COMPREPLY=($(compgen -W "$offered" -- "$2")) ;;
          f) compopt -o filenames 2>/dev/null
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$2") ;;
          d) compopt -o filenames 2>/dev/null
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$2") ;;
          'k '*)
            while IFS= read -r line; do
              [[ $line == "$2"* ]] && COMPREPLY+=("$(printf '%q' "$line")")
            done < <(\#(completer) "${1#k }" "$2" 2>/dev/null) ;;
          c) \#(name)_words "$3"
            COMPREPLY=($(compgen -W "$REPLY" -- "$2")) ;;
        esac
      }

      \#(name)() {
        local IFS=$' \t\n' REPLY='' word current='' typed='' command='' pending='' literal='' operands=''
        local -i index last position=0
        local -a words=()
        COMPREPLY=()
        # bash cuts words at '=': put '--option=value' together again.
        for ((index = 1; index <= COMP_CWORD; index++)); do
          word=${COMP_WORDS[index]}
          last=$((${#words[@]} - 1))
          if ((last >= 0)) && [[ ${words[last]} == --*= || ($word == '=' && ${words[last]} == --?*) ]]; then
            words[last]+=$word
          else
            words+=("$word")
          fi
        done
        last=$((${#words[@]} - 1))
        ((last >= 0)) && current=${words[last]}
        for ((index = 0; index < last; index++)); do
          word=${words[index]}
          if [[ -n $pending ]]; then
            pending=''
          elif [[ -z $literal && $word == -?* ]]; then
            if [[ -z $command ]]; then
              # An option that only a command has means the noun's own command.
              \#(name)_default "$typed"
              if [[ -n $REPLY ]]; then
                local standard=$REPLY
                \#(name)_options "$standard"
                [[ " $REPLY " == *" ${word%%=*} "* ]] && command=$standard
              fi
            fi
            if [[ $word == -- ]]; then
              literal=1
            elif [[ $word != --*=* ]] && \#(name)_value "$command" "$word"; then
              pending=$word
            fi
          elif [[ -z $command ]]; then
            typed=${typed:+$typed }$word
            \#(name)_command "$typed"
            command=$REPLY
          else
            operands=${operands:+$operands }$word
            position+=1
          fi
        done
        local scope=$command
        if [[ -z $scope ]]; then
          \#(name)_default "$typed"
          scope=$REPLY
        fi
        if [[ -n $pending ]]; then
          \#(name)_value "$command" "$pending"
          \#(name)_offer "$REPLY" "$current" ''
        elif [[ -z $literal && $current == --*=* ]]; then
          \#(name)_value "$scope" "${current%%=*}" || return 0
          \#(name)_offer "$REPLY" "${current#*=}" ''
          # Where bash does not cut words at '=', the whole word is replaced.
          [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/${current%%=*}=}")
        elif [[ -z $literal && $current == -* ]]; then
          \#(name)_options "$scope"
          COMPREPLY=($(compgen -W "$REPLY \#(spellings(model.globals))" -- "$current"))
        elif [[ -z $command ]]; then
          \#(name)_words "$typed"
          COMPREPLY=($(compgen -W "$REPLY" -- "$current"))
        else
          \#(name)_operand "$command" "$position"
          \#(name)_offer "$REPLY" "$current" "$operands"
        fi
        return 0
      }

      complete -F \#(name) \#(model.program)

      """#
  }
}
