// SPDX-License-Identifier: GPL-3.0-or-later
// A deep C++ workload for the bench: parses and evaluates programs it makes up, `parser [ROUNDS]`.
//
// Stacks of 20 and more frames, hardly two of them the same: recursive descent, a tree of unique_ptr, names in
// strings and maps, vectors that grow, all of it dropped again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace
{

uint32_t seed = 1;

uint32_t draw(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

struct Scope {
	std::map<std::string, long> values;
};

struct Node {
	virtual ~Node() = default;
	virtual long run(Scope &scope) const = 0;
};

using NodePointer = std::unique_ptr<Node>;

struct Number : Node {
	long value;

	explicit Number(long value_) : value(value_)
	{
	}
	long run(Scope &) const override
	{
		return value;
	}
};

struct Name : Node {
	std::string name;

	explicit Name(std::string name_) : name(std::move(name_))
	{
	}
	long run(Scope &scope) const override
	{
		return scope.values[name];
	}
};

struct Operation : Node {
	char operation;
	NodePointer left, right;

	Operation(char operation_, NodePointer left_, NodePointer right_)
	    : operation(operation_), left(std::move(left_)), right(std::move(right_))
	{
	}
	long run(Scope &scope) const override
	{
		unsigned long a = static_cast<unsigned long>(left->run(scope));
		unsigned long b = static_cast<unsigned long>(right->run(scope));

		return static_cast<long>(operation == '+' ? a + b : a * b);
	}
};

struct Block : Node {
	std::vector<std::pair<std::string, NodePointer>> statements;

	long run(Scope &scope) const override
	{
		long last = 0;

		for (const auto &statement : statements) {
			last = statement.second->run(scope);
			scope.values[statement.first] = last;
		}
		return last;
	}
};

class Parser
{
      public:
	explicit Parser(const std::string &text_) : text(text_)
	{
	}
	NodePointer block()
	{
		auto block = std::make_unique<Block>();

		while (at < text.size() && text[at] != '}') {
			std::string target = name();
			at++; // =
			block->statements.emplace_back(std::move(target), sum());
			at++; // ;
		}
		return block;
	}

      private:
	std::string name()
	{
		std::string found;

		while (text[at] >= 'a' && text[at] <= 'z')
			found.push_back(text[at++]);
		return found;
	}
	NodePointer chain(char operation, const std::function<NodePointer()> &part)
	{
		NodePointer left = part();

		while (at < text.size() && text[at] == operation) {
			at++;
			left = std::make_unique<Operation>(operation, std::move(left), part());
		}
		return left;
	}
	NodePointer sum()
	{
		return chain('+', [this] { return product(); });
	}
	NodePointer product()
	{
		return chain('*', [this] { return value(); });
	}
	NodePointer value()
	{
		NodePointer inner;
		long number = 0;

		if (text[at] == '(' || text[at] == '{') {
			bool is_block = text[at++] == '{';

			inner = is_block ? block() : sum();
			at++;
			return inner;
		}
		if (text[at] >= 'a' && text[at] <= 'z')
			return std::make_unique<Name>(name());
		while (text[at] >= '0' && text[at] <= '9')
			number = number * 10 + (text[at++] - '0');
		return std::make_unique<Number>(number);
	}

	const std::string &text;
	size_t at = 0;
};

void write_name(std::string &text)
{
	// Every other is longer than what a string holds without an allocation.
	for (uint32_t i = 3 + draw(2) * 17 + draw(4); i > 0; i--)
		text.push_back(static_cast<char>('a' + draw(26)));
}

void write_sum(std::string &text, unsigned level);

void write_block(std::string &text, unsigned level)
{
	for (uint32_t i = 1 + draw(4); i > 0; i--) {
		write_name(text);
		text.push_back('=');
		write_sum(text, level);
		text.push_back(';');
	}
}

void write_value(std::string &text, unsigned level)
{
	uint32_t choice = draw(8);

	if (level == 0 || choice < 2) {
		text += std::to_string(draw(1000));
	} else if (choice < 4) {
		write_name(text);
	} else if (choice < 7) {
		text.push_back('(');
		write_sum(text, level - 1);
		text.push_back(')');
	} else {
		text.push_back('{');
		write_block(text, level - 1);
		text.push_back('}');
	}
}

void write_sum(std::string &text, unsigned level)
{
	write_value(text, level);
	while (draw(5) < 2) {
		text.push_back(draw(2) == 0 ? '+' : '*');
		write_value(text, level);
	}
}

} // namespace

int main(int argc, char **argv)
{
	unsigned long n_rounds = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2000;
	std::vector<std::string> texts(50);
	unsigned long sum = 0;

	for (auto &text : texts)
		write_block(text, 10);
	for (unsigned long i = 0; i < n_rounds; i++) {
		const std::string &text = texts[i % texts.size()];
		Scope scope;

		sum += static_cast<unsigned long>(Parser(text).block()->run(scope));
	}
	std::printf("%lu\n", sum);
	return 0;
}
