// SPDX-License-Identifier: GPL-3.0-or-later
// A program that is built in several ways, for the difference of their runs: classes, overloads, templates, lambdas and
// containers, whose functions compilers inline, split and clone as they like. BUILDS_LATER adds the one change that is real.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace shop
{
enum class Colour { red, green };

struct Item {
	std::string name;
	int price = 0;
	Colour colour = Colour::red;
};

// Overloads that all allocate, some of which are inlined and some not.
class Ledger
{
      public:
	explicit Ledger(size_t room)
	{
		lines_.reserve(room);
	}
	void note(int number)
	{
		lines_.push_back(std::to_string(number) + " is the number of this long line");
	}
	void note(const std::string &text)
	{
		lines_.push_back(text + ", which is a text that is long enough");
	}
	void note(const Item &item);
	void note(const std::vector<Item> &items);
	size_t size() const
	{
		return lines_.size();
	}
	std::string longest() const;

      private:
	std::vector<std::string> lines_;
};

void Ledger::note(const Item &item)
{
	lines_.push_back(item.name + " costs " + std::to_string(item.price) +
			 " in this shop today");
}

void Ledger::note(const std::vector<Item> &items)
{
	for (const Item &item : items) {
		note(item);
	}
}

std::string Ledger::longest() const
{
	auto at = std::max_element(
		lines_.begin(), lines_.end(),
		[](const auto &one, const auto &two) { return one.size() < two.size(); });
	return at != lines_.end() ? *at + " (the longest of all the lines there are)"
				  : std::string();
}

// A template with default arguments, and a specialization.
template <typename Value, size_t Room = 4, typename Less = std::less<Value>> class Shelf
{
      public:
	Shelf()
	{
		values_.reserve(Room);
	}
	template <typename... Parts> Value &put(Parts &&...parts)
	{
		values_.push_back(std::make_unique<Value>(Value{ std::forward<Parts>(parts)... }));
		return *values_.back();
	}
	void sort()
	{
		std::stable_sort(
			values_.begin(), values_.end(),
			[](const auto &one, const auto &two) { return Less()(*one, *two); });
	}
	Value take()
	{
		Value value = std::move(*values_.back());
		values_.pop_back();
		return value;
	}
	size_t size() const
	{
		return values_.size();
	}

      private:
	std::vector<std::unique_ptr<Value>> values_;
};

struct ByPrice {
	bool operator()(const Item &one, const Item &two) const
	{
		return one.price < two.price;
	}
};

class Visitor
{
      public:
	virtual ~Visitor() = default;
	virtual void visit(const Item &item) = 0;
	virtual std::string told() const = 0;
};

class Collector : public Visitor
{
      public:
	void visit(const Item &item) override
	{
		names_.insert(item.name + " was seen by the collector");
	}
	std::string told() const override
	{
		std::string all;
		for (const std::string &name : names_) {
			all += name + "; ";
		}
		return all;
	}

      private:
	std::set<std::string> names_;
};

class Counter : public Visitor
{
      public:
	void visit(const Item &item) override
	{
		++counts_[item.colour == Colour::red ? "of those that are red there are"
						     : "of those that are green there are"];
	}
	std::string told() const override
	{
		std::string all;
		for (const auto &[name, count] : counts_) {
			all += name + std::to_string(count) + ", as far as was counted";
		}
		return all;
	}

      private:
	std::map<std::string, int> counts_;
};
} // namespace shop

namespace
{
char *kept[64];
int n_kept;
char *volatile latest; // no call of malloc is left out

// What nobody frees.
void keep(char *block)
{
	kept[n_kept++ % 64] = block;
}

char *copy_of(const char *text, size_t room)
{
	char *copy = static_cast<char *>(malloc(room));
	snprintf(copy, room, "%s", text);
	latest = copy;
	return copy;
}

void parse_header(const std::string &text)
{
	keep(copy_of(text.c_str(), 100));
}

void parse_body(const std::string &text)
{
	keep(copy_of(text.c_str(), 3000));
#ifdef BUILDS_LATER
	keep(copy_of(text.c_str() + 1, 3000));
#endif
}

// Recursive, with an argument that is always the same.
int depth_of(shop::Ledger &ledger, int levels, const char *mark)
{
	if (levels == 0) {
		ledger.note(std::string(mark) + " is where the recursion ends");
		return 0;
	}
	ledger.note(levels);
	return depth_of(ledger, levels - 1, mark) + 1;
}

struct Failure : std::runtime_error {
	explicit Failure(const std::string &text) : std::runtime_error(text)
	{
	}
};

// Half of it is hardly ever run.
void check(const shop::Item &item)
{
	if (item.price < 0) {
		throw Failure("the price of " + item.name + " is less than nothing at all");
	}
}

using Rule = std::function<int(const shop::Item &)>;

std::vector<Rule> rules_make(int rebate)
{
	std::vector<Rule> rules;
	std::string label = "a rule of the shop for which a string is kept";
	rules.push_back([label, rebate](const shop::Item &item) {
		std::string said = label + ": " + item.name;
		return item.price - rebate + static_cast<int>(said.size() % 2);
	});
	rules.push_back([=](const shop::Item &item) {
		auto twice = [&](int n) {
			std::vector<int> numbers(static_cast<size_t>(n) + 40, rebate);
			return numbers[3] * 2;
		};
		return twice(item.price % 7);
	});
	return rules;
}

template <typename Number> std::vector<Number> numbers_make(size_t n, Number step = Number(2))
{
	std::vector<Number> numbers;
	for (size_t i = 0; i < n; i++) {
		numbers.push_back(static_cast<Number>(i) * step);
	}
	return numbers;
}

template <typename Key, typename Value = std::string>
std::unordered_map<Key, Value> index_make(size_t n)
{
	std::unordered_map<Key, Value> index;
	for (size_t i = 0; i < n; i++) {
		index.emplace(static_cast<Key>(i),
			      "the value of entry number " + std::to_string(i));
	}
	return index;
}

using Any = std::variant<int, std::string, std::vector<int>>;

size_t any_size(const Any &any)
{
	return std::visit(
		[](const auto &value) -> size_t {
			using Value = std::decay_t<decltype(value)>;
			if constexpr (std::is_same_v<Value, int>) {
				return sizeof(int);
			} else {
				Value copy = value;
				return copy.size();
			}
		},
		any);
}

void anys(shop::Ledger &ledger)
{
	std::deque<Any> all;
	all.emplace_back(3);
	all.emplace_back(std::string("a text that no string has room for in itself"));
	all.emplace_back(std::vector<int>(50, 7));
	size_t sum = 0;
	for (const Any &any : all) {
		sum += any_size(any);
	}
	ledger.note(static_cast<int>(sum));
}

// The last thing it does is a call.
char *greeting(const char *text)
{
	return copy_of(text, 200);
}

char *polite_greeting(const char *text)
{
	return greeting(text[0] == '\0' ? "nobody" : text);
}

#ifdef BUILDS_LATER
void new_feature()
{
	free(copy_of("new", 7));
}
#endif

void sell(shop::Ledger &ledger)
{
	shop::Shelf<shop::Item, 8, shop::ByPrice> shelf;
	shop::Shelf<std::pair<int, int>> pairs;
	std::list<std::shared_ptr<shop::Visitor>> visitors;
	visitors.push_back(std::make_shared<shop::Collector>());
	visitors.push_back(std::make_shared<shop::Counter>());
	for (int i = 0; i < 20; i++) {
		shop::Item &item = shelf.put(
			"an item with a long name, number " + std::to_string(i), 100 - i * 3,
			i % 3 == 0 ? shop::Colour::green : shop::Colour::red);
		pairs.put(i, item.price);
		check(item);
		for (const auto &visitor : visitors) {
			visitor->visit(item);
		}
	}
	shelf.sort();
	std::vector<shop::Item> sold;
	std::vector<Rule> rules = rules_make(3);
	while (shelf.size() > 15) {
		sold.push_back(shelf.take());
		for (const Rule &rule : rules) {
			sold.back().price = rule(sold.back());
		}
	}
	ledger.note(sold);
	ledger.note(sold.front());
	try {
		check({ "a thing that nobody would buy for money", -1 });
	} catch (const Failure &failure) {
		ledger.note(std::string(failure.what()));
	}
	for (const auto &visitor : visitors) {
		ledger.note(visitor->told());
	}
}
} // namespace

int main(int argc, char **argv)
{
	shop::Ledger ledger(static_cast<size_t>(argc) + 7);
	std::string text = argc > 1 ? argv[1] : "no argument was given to this program";
	for (int i = 0; i < 3; i++) {
		parse_header(text);
	}
	parse_body(text);
	depth_of(ledger, 5, "the mark");
	sell(ledger);
	anys(ledger);
	auto doubles = numbers_make<double>(30);
	auto shorts = numbers_make<short>(30);
	auto index = index_make<int>(12);
	auto letters = index_make<char, std::string>(9);
	keep(polite_greeting(text.c_str()));
#ifdef BUILDS_LATER
	new_feature();
#endif
	size_t sum = ledger.size() + ledger.longest().size() + doubles.size() + shorts.size() +
		     index.size() + letters.size();
	return sum > 10 ? 0 : 1;
}
