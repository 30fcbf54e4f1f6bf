/// The completion script for fish 3.4 and later.
enum FishCompletion {
  static func render(_ model: CompletionModel) -> String {
    let name = "_" + model.function
    var script = """
      # fish completion for \(model.program), made from its command table: do not edit.

      # What can follow the words typed so far.
      function \(name)_words
        switch "$argv[1]"

      """
    for (path, words) in model.words {
      script += "    case \(quote(path))\n      printf '%s\\t%s\\n'"
      for word in words { script += " \\\n        \(quote(word.text)) \(quote(word.help))" }
      script += "\n"
    }
    script += """
        end
      end

      # The command that the words typed so far name.
      function \(name)_command
        switch "$argv[1]"

      """
    for (typed, command) in model.names { script += "    case \(quote(typed))\n      echo \(quote(command))\n" }
    script += """
        end
      end

      # The command that a noun stands for alone.
      function \(name)_default
        switch "$argv[1]"

      """
    for (noun, command) in model.defaults { script += "    case \(quote(noun))\n      echo \(quote(command))\n" }
    script += """
        end
      end

      # The options of a command; of none, the global ones.
      function \(name)_options
        switch "$argv[1]"

      """
    for command in [model.globals] + model.commands where !command.options.isEmpty {
      script += "    case \(quote(command.name))\n      printf '%s\\t%s\\n'"
      for option in command.options {
        for spelling in option.spellings { script += " \\\n        \(quote(spelling)) \(quote(option.help))" }
      }
      script += "\n"
    }
    script += """
        end
      end

      # The values of an option: nothing for one that takes none.
      function \(name)_value
        switch "$argv[1] $argv[2]"

      """
    for command in model.commands + [model.globals] {
      for (spellings, values, _) in command.options {
        guard let values else { continue }
        let patterns = spellings.map { quote(command.name.isEmpty ? "* \($0)" : "\(command.name) \($0)") }
        script += "    case \(patterns.joined(separator: " "))\n      echo \(quote(values.text))\n"
      }
    }
    script += """
        end
      end

      # The values of an operand, counted from 0.
      function \(name)_operand
        switch "$argv[1] $argv[2]"

      """
    for command in model.commands {
      for (position, operand) in command.operands.enumerated() {
        let pattern = quote("\(command.name) \(operand.isRepeated ? "*" : String(position))")
        script += "    case \(pattern)\n      echo \(quote(operand.values.text))\n"
      }
    }
    return script + driver(model, name)
  }

  private static func quote(_ text: String) -> String {
    var quoted = ""
    for character in text {
      if character == "'" || character == "\\" { quoted.append("\\") }
      quoted.append(character)
    }
    return "'\(quoted)'"
  }

  private static func driver(_ model: CompletionModel, _ name: String) -> String {
    let completer = ([model.program] + model.completer).joined(separator: " ")
    return #"""
        end
      end

      # VALUES CURRENT OPERANDS
      function \#(name)_offer
        set -l kind (string split -m 1 ' ' -- "$argv[1]")
        switch "$kind[1]"
          case w
            string split ' ' -- $kind[2]
          case l
            # Several, parted by commas: the ones before stay, and are not offered again.
            set -l kept (string match -r -- '^.*,' "$argv[2]")
            set -l fitting
            for word in (string split ' ' -- $kind[2])
              contains -- "$word" (string split ',' -- "$kept"); and continue
              echo "$kept$word"
              test (string sub -l (string length -- "$argv[2]") -- "$kept$word") = "$argv[2]"; and set -a fitting "$kept$word"
            end
            # One alone would get a blank behind it, where a comma may follow; with a second that begins the same it stays open.
            test (count $fitting) = 1; and echo "$fitting,"
          case f
            __fish_complete_path "$argv[2]"
          case d
            __fish_complete_directories "$argv[2]"
          case k
            \#(completer) "$kind[2]" "$argv[2]" 2>/dev/null
          case c
            \#(name)_words "$argv[3]"
        end
      end

      function \#(name)_complete
        set -l tokens (commandline -opc)
        set -l current (commandline -ct)
        set -l typed ''
        set -l command ''
        set -l pending ''
        set -l literal ''
        set -l operands ''
        set -l position 0
        for word in $tokens[2..-1]
          if test -n "$pending"
            set pending ''
          else if test -z "$literal"; and string match -q -- '-?*' "$word"
            if test -z "$command"
              # An option that only a command has means the noun's own command.
              set -l standard (\#(name)_default "$typed")
              if test -n "$standard"
                set -l bare (string split -m 1 '=' -- "$word")[1]
                for option in (\#(name)_options "$standard")
                  if test (string split -m 1 \t -- "$option")[1] = "$bare"
                    set command "$standard"
                  end
                end
              end
            end
            if test "$word" = --
              set literal 1
            else if not string match -q -- '--*=*' "$word"; and test -n "$(\#(name)_value "$command" "$word")"
              set pending "$word"
            end
          else if test -z "$command"
            set typed (string trim -- "$typed $word")
            set command (\#(name)_command "$typed")
          else
            set operands (string trim -- "$operands $word")
            set position (math $position + 1)
          end
        end
        set -l scope "$command"
        test -n "$scope"; or set scope (\#(name)_default "$typed")
        if test -n "$pending"
          \#(name)_offer (\#(name)_value "$command" "$pending") "$current" ''
        else if test -z "$literal"; and string match -q -- '--*=*' "$current"
          set -l parts (string split -m 1 '=' -- "$current")
          set -l values (\#(name)_value "$scope" "$parts[1]")
          test -n "$values"; and string replace -r -- '^' "$parts[1]=" (\#(name)_offer "$values" "$parts[2]" '')
        else if test -z "$literal"; and string match -q -- '-*' "$current"
          test -n "$scope"; and \#(name)_options "$scope"
          \#(name)_options ''
        else if test -z "$command"
          \#(name)_words "$typed"
        else
          \#(name)_offer (\#(name)_operand "$command" "$position") "$current" "$operands"
        end
      end

      complete -c \#(model.program) -f -a '(\#(name)_complete)'

      """#
  }
}
